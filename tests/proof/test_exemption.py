import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.proof.subjects import (
    ACCOUNT,
    CURRENT,
    EU,
    FULL_ACCESS,
    GATEWAY,
    GUARDRAIL,
    HAIKU,
    REGION,
    ROLE,
    SESSION,
    SONNET,
    document,
    failing,
    holding,
    pinned_policies,
    region_deny,
    subject,
    under,
)

from port_byollm.iam.evaluator import Decision, Evaluator, Request
from port_byollm.proof import Exemption, Group, Policy, Proof, Unknown, prove
from port_byollm.proof.needs import Needs
from port_byollm.proof.parts import NotExactError, parts
from port_byollm.proof.requests import AppliedGuardrail, Caller, Calls
from port_byollm.proof.subject import Subject

INVOKE = "bedrock:InvokeModel"
SONNET_PROFILE = f"eu.{SONNET.bedrock_id}"
CALLS = Calls(Caller.of_role(ROLE), REGION, AppliedGuardrail(GUARDRAIL.arn, GUARDRAIL.version))


def exempted(policy: Policy, exemption: Exemption) -> Policy:
    """The policy, which has one statement, after somebody has pasted what was printed."""
    assert exemption.statements
    return Policy(policy.name, document(*json.loads(json.dumps(exemption.statements))))


def test_needs_cover_what_is_needed_and_nobody_elses() -> None:
    needs = Needs.of([sonnet_in("eu-north-1"), *CALLS.of_guardrail()])
    other = Calls(Caller.of_role(f"arn:aws:iam::{ACCOUNT}:role/other"), REGION, CALLS.guardrail)
    assert needs.cover(sonnet_in("eu-north-1"))
    assert all(needs.cover(request) for request in CALLS.of_guardrail())
    assert not needs.cover(sonnet_in("eu-south-1"))
    assert not needs.cover(sonnet_in("eu-north-1", other))
    assert not any(needs.cover(request) for request in other.of_guardrail())


def evaluator(policy: Policy) -> Evaluator:
    """Of the policy alone: what it does not deny is allowed."""
    assert not isinstance(policy.document, Unknown)
    return Evaluator(identity_policies=[document({})], scps=[[document({}), policy.document]])


def denies(policy: Policy, request: Request) -> bool:
    return evaluator(policy).evaluate(request).decision is Decision.EXPLICITLY_DENIED


def proof_under(*scps: Policy, **changes: Any) -> tuple[Subject, Proof]:
    given = subject(scps=under(*scps), **changes)
    return given, prove(given)


def sonnet_in(region: str, calls: Calls = CALLS, action: str = INVOKE) -> Request:
    assert SONNET.bedrock_id
    return calls.of_model(action, SONNET.bedrock_id, region, SONNET_PROFILE)


class TestRegionDeny:
    @pytest.mark.parametrize("missing", EU)
    def test_one_missing_destination_is_denied_and_the_printed_exemption_lets_it_through(
        self, missing: str
    ) -> None:
        scp = region_deny(*(region for region in EU if region != missing))
        _, proof = proof_under(scp)
        assert {claim.region for claim in failing(proof)} == {missing}
        assert {claim.reason for claim in failing(proof)} == {
            "statement 1 (DenyOtherRegions) of SCP 'region-deny' denies it"
        }
        [exemption] = proof.exemptions
        assert (exemption.policy, exemption.statement) == (
            "SCP 'region-deny'",
            "statement 1 (DenyOtherRegions)",
        )
        assert exemption.regions == (missing,)

        changed = exempted(scp, exemption)
        _, mended = proof_under(changed)
        assert mended.holds is True
        assert denies(changed, sonnet_in("us-east-1"))
        other = Calls(Caller.of_role(f"arn:aws:iam::{ACCOUNT}:role/other"), REGION)
        assert denies(changed, sonnet_in(missing, other))

    def test_all_destinations_but_the_source_are_denied_together_and_let_through_together(self) -> None:
        scp = region_deny(REGION)
        _, proof = proof_under(scp)
        [exemption] = proof.exemptions
        assert exemption.regions == tuple(region for region in EU if region != REGION)
        _, mended = proof_under(exempted(scp, exemption))
        assert mended.holds is True

    @pytest.mark.parametrize(
        "request_",
        [
            pytest.param(sonnet_in("us-east-1"), id="another region"),
            pytest.param(sonnet_in("unspecified"), id="global routing"),
            pytest.param(
                sonnet_in("eu-north-1", Calls(Caller.of_role(f"arn:aws:iam::{ACCOUNT}:role/other"), REGION)),
                id="another role",
            ),
            pytest.param(
                sonnet_in("eu-north-1", action="bedrock:CreateModelInvocationJob"), id="another action"
            ),
            pytest.param(
                CALLS.of_model(INVOKE, "anthropic.claude-sonnet-4-5-20250929-v1:0", "eu-north-1"),
                id="no profile",
            ),
            pytest.param(
                CALLS.of_model(INVOKE, "amazon.nova-pro-v1:0", "eu-north-1", "eu.amazon.nova-pro-v1:0"),
                id="another profile",
            ),
            pytest.param(CALLS.request("ec2:RunInstances", "*", "eu-north-1"), id="another service"),
        ],
    )
    def test_everything_else_stays_denied(self, request_: Request) -> None:
        scp = region_deny(REGION)
        [exemption] = proof_under(scp)[1].exemptions
        changed = exempted(scp, exemption)
        assert denies(scp, request_)
        assert denies(changed, request_)
        assert not denies(changed, sonnet_in("eu-north-1"))

    def test_where_the_source_is_denied_the_profile_and_the_guardrail_are_exempt_too(self) -> None:
        scp = region_deny("us-east-1")
        _, proof = proof_under(scp)
        assert "the guardrail is applied" in {claim.what for claim in failing(proof)}
        changed = exempted(scp, proof.exemptions[0])
        assert proof_under(changed)[1].holds is True
        assert denies(changed, CALLS.of_profile(INVOKE, "eu.amazon.nova-pro-v1:0"))
        assert denies(changed, CALLS.request("bedrock:ApplyGuardrail", f"{GUARDRAIL.arn}other"))
        assert denies(changed, CALLS.request(INVOKE, GUARDRAIL.arn))

    def test_global_routing_is_let_through_by_its_own_word(self) -> None:
        documents = pinned_policies(geography="global", guardrail=None)
        changes = {"geography": "global", "policies": documents, "guardrail": None}
        scp = region_deny(REGION)
        _, proof = proof_under(scp, **changes)
        assert {claim.region for claim in failing(proof)} == {"unspecified"}
        [exemption] = proof.exemptions
        assert exemption.regions == ("unspecified",)
        changed = exempted(scp, exemption)
        assert proof_under(changed, **changes)[1].holds is True
        assert denies(changed, sonnet_in("eu-north-1"))


def denial(**elements: Any) -> dict[str, Any]:
    """A statement that denies outside of the source region, or what `elements` say instead."""
    return {"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:RequestedRegion": REGION}}} | elements


OUTSIDE: dict[str, Any] = {"StringNotEquals": {"aws:RequestedRegion": [REGION]}}
FORMS = {
    "by NotAction": denial(NotAction=["iam:*"]),
    "of everything": denial(),
    "of a service": denial(Action="bedrock:*"),
    "of two services": denial(Action=["sagemaker:*", "bedrock:*"]),
    "of a pattern": denial(Action="bedrock:Invoke*"),
    "of named actions": denial(
        Action=[INVOKE, "bedrock:InvokeModelWithResponseStream", "bedrock:InvokeAgent"]
    ),
    "of one action": denial(Action=INVOKE),
    "by NotResource": denial(
        Action=INVOKE,
        Condition={},
        NotResource=[
            f"arn:aws:bedrock:{REGION}::foundation-model/*",
            f"arn:aws:bedrock:{REGION}:*:inference-profile/*",
        ],
    ),
    "of resources": denial(Resource=["arn:aws:bedrock:*::foundation-model/*"]),
    "with exempt principals": denial(
        Condition={**OUTSIDE, "ArnNotLike": {"aws:PrincipalARN": ["arn:aws:iam::*:role/admin"]}}
    ),
    "with exempt profiles": denial(
        Condition={
            **OUTSIDE,
            "ArnNotLike": {"bedrock:inferenceprofilearn": ["arn:aws:bedrock:*:*:inference-profile/us.*"]},
        }
    ),
    "of listed profiles": denial(
        Condition={
            **OUTSIDE,
            "ArnLike": {"bedrock:InferenceProfileArn": "arn:aws:bedrock:*:*:inference-profile/eu.*"},
        }
    ),
    "with several operators": denial(
        Condition={
            "StringNotEqualsIfExists": {"aws:RequestedRegion": [REGION, "us-east-1"]},
            "Bool": {"aws:SecureTransport": "true"},
        }
    ),
    "by pattern of regions": denial(
        Condition={"StringNotLike": {"aws:RequestedRegion": ["eu-west-*", "us-*"]}}
    ),
    "of listed regions": denial(
        Condition={"StringEquals": {"aws:RequestedRegion": ["eu-north-1", "eu-south-1"]}}
    ),
}


class TestForms:
    @pytest.mark.parametrize("form", FORMS)
    def test_is_exact_however_the_denial_is_written(self, form: str) -> None:
        scp = Policy("regions", document(FORMS[form]))
        _, proof = proof_under(scp)
        assert {claim.group for claim in failing(proof)} == {Group.INVOKE}
        [exemption] = proof.exemptions
        assert exemption.statements, exemption.reason
        changed = exempted(scp, exemption)
        assert proof_under(changed)[1].holds is True
        for request in (sonnet_in("us-west-2"), CALLS.request("bedrock:InvokeAgent", "*", "eu-north-1")):
            assert denies(scp, request) == denies(changed, request)

    @pytest.mark.parametrize("form", [form for form in FORMS if "resource" not in form.lower()])
    def test_is_exact_where_the_source_is_denied_too(self, form: str) -> None:
        elsewhere = {"Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}}
        scp = Policy("regions", document(FORMS[form] | elsewhere))
        [exemption] = proof_under(scp)[1].exemptions
        assert exemption.statements, exemption.reason
        assert REGION in exemption.regions

    @pytest.mark.parametrize(
        ("statement", "why"),
        [
            (
                denial(Action="bedrock:*Model*"),
                "no Action expresses 'bedrock:\\*Model\\*' without bedrock:InvokeModel",
            ),
            (
                denial(
                    Resource=["arn:aws:bedrock:*:*:*"],
                    Condition={"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}},
                ),
                "its Resource cannot exclude",
            ),
        ],
    )
    def test_says_so_where_no_statements_are_exact(self, statement: dict[str, Any], why: str) -> None:
        [exemption] = proof_under(Policy("regions", document(statement)))[1].exemptions
        assert exemption.statements == ()
        assert exemption.reason.startswith("No exact exemption can be written: ")
        assert why.replace("\\", "") in exemption.reason

    @pytest.mark.parametrize(
        ("kept", "why"),
        [
            (0, "the decision on other requests would change"),
            (1, "what is needed would still be denied"),
        ],
    )
    def test_parts_that_are_not_exact_are_not_printed(
        self, monkeypatch: pytest.MonkeyPatch, kept: int, why: str
    ) -> None:
        harmless = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
        monkeypatch.setattr(
            "port_byollm.proof.exemption.parts", lambda statement, _: [harmless, *[statement] * kept]
        )
        [exemption] = proof_under(region_deny(REGION))[1].exemptions
        assert exemption.statements == ()
        assert exemption.reason == f"No exact exemption can be written: {why}."

    def test_each_statement_that_denies_has_its_own(self) -> None:
        north = denial(Sid="North", Condition={"StringEquals": {"aws:RequestedRegion": "eu-north-1"}})
        both = Policy("both", document(denial(Sid="Outside"), north))
        exemptions = proof_under(both, region_deny(*EU))[1].exemptions
        assert [(one.policy, one.statement) for one in exemptions] == [
            ("SCP 'both'", "statement 1 (Outside)"),
            ("SCP 'both'", "statement 2 (North)"),
        ]
        changed = document(*(part for one in exemptions for part in one.statements))
        assert proof_under(Policy("both", changed))[1].holds is True

    def test_parts_have_names_of_their_own_also_where_the_statement_has_none(self) -> None:
        [exemption] = proof_under(Policy("regions", document(denial())))[1].exemptions
        names = [part.get("Sid") for part in exemption.statements]
        assert len(set(names)) == len(names)
        assert names[0] is None

    def test_a_policy_that_outgrows_its_quota_is_told(self) -> None:
        [exemption] = proof_under(region_deny(REGION, NotAction=[f"s3:{'x' * 40}{n}" for n in range(99)]))[
            1
        ].exemptions
        assert "characters, but AWS Organizations accepts 5120" in exemption.reason


def test_an_rcp_that_keeps_the_gateway_out_is_exempted_likewise() -> None:
    statement = {
        "Sid": "OnlyOurs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["sts:AssumeRole", "s3:*"],
        "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1234567890"}},
    }
    given = subject(rcps=((Policy("perimeter", document(statement)),),))
    [exemption] = prove(given).exemptions
    assert exemption.policy == "RCP 'perimeter'"
    assert prove(subject(rcps=((exempted(Policy("perimeter", {}), exemption),),))).holds is True
    assert CURRENT not in repr(exemption)
    assert GATEWAY in repr(exemption)


REGIONS = st.lists(st.sampled_from([*EU, "us-east-1", "unspecified"]), min_size=1, max_size=4, unique=True)


@given(
    form=st.sampled_from(sorted(FORMS)),
    allowed=REGIONS,
    sonnet=REGIONS,
    haiku=st.lists(st.sampled_from(EU), max_size=3, unique=True),
    here=st.sets(st.sampled_from(["profile", "guardrail"])),
)
@settings(max_examples=100, deadline=None)
def test_parts_deny_exactly_what_is_not_needed(
    form: str, allowed: Sequence[str], sonnet: Sequence[str], haiku: Sequence[str], here: set[str]
) -> None:
    [statement] = document(FORMS[form])["Statement"]
    if form != "by NotResource":
        statement |= {
            "Condition": {**statement["Condition"], "StringNotEquals": {"aws:RequestedRegion": allowed}}
        }
    assert SONNET.bedrock_id
    assert HAIKU.bedrock_id
    needed = [sonnet_in("" if region == "unspecified" else region) for region in sonnet]
    needed += [CALLS.of_model(INVOKE, HAIKU.bedrock_id, region, f"eu.{HAIKU.bedrock_id}") for region in haiku]
    if "profile" in here and form != "of resources":
        needed.append(CALLS.of_profile(INVOKE, SONNET_PROFILE))
    if "guardrail" in here and form != "of resources":
        needed += CALLS.of_guardrail()
    before = Policy("before", {"Version": "2012-10-17", "Statement": [statement]})
    denied = [request for request in needed if denies(before, request)]
    if not denied:
        return
    needs = Needs.of(denied)
    try:
        found = parts(statement, needs)
    except NotExactError:
        assert form == "of listed profiles"
        return
    after = Policy("after", {"Version": "2012-10-17", "Statement": found})
    assert not any(denies(after, request) for request in denied)
    first, then = evaluator(before), evaluator(after)
    for bystander in needs.bystanders():
        if not needs.cover(bystander):
            assert first.evaluate(bystander).decision == then.evaluate(bystander).decision, bystander


def test_without_scps_there_is_nothing_to_exempt() -> None:
    assert prove(subject(policies=())).exemptions == ()
    assert prove(subject(scps=((FULL_ACCESS,),))).exemptions == ()
    assert SESSION in {claim.principal for claim in holding().claims}
