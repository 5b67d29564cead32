import copy
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.proof.subjects import (
    ACCOUNT,
    CURRENT,
    EU,
    FULL_ACCESS,
    GATEWAY,
    GUARDRAIL,
    HAIKU,
    OLD,
    OTHER_GATEWAY,
    PREVIOUS,
    REGION,
    ROLE,
    SONNET,
    Document,
    decisions,
    document,
    failing,
    failures,
    holding,
    pinned_policies,
    policies,
    region_deny,
    role,
    subject,
    under,
    unknowns,
)

from port_byollm.catalogue import parse_model
from port_byollm.errors import ConfigError
from port_byollm.iam.evaluator import Decision
from port_byollm.iam.invoke_policy import Guardrail, pinned
from port_byollm.iam.marketplace_policy import marketplace
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm.proof import ExternalId, Group, Policy, Proof, Unknown, User, picture, prove, table

LATER = Unknown("it is made by the update")


def trust(*statements: dict[str, Any], **changes: Any) -> Document:
    """The trust policy of a connection, with further statements or a changed one."""
    policy = gateway_trust([GATEWAY], [CURRENT, PREVIOUS]).to_dict()
    policy["Statement"][0] |= changes
    for statement in statements:
        policy["Statement"].append({"Effect": "Allow", "Action": "sts:AssumeRole", **statement})
    return policy


def proven(trust_policy: Document) -> Proof:
    return prove(subject(identity=role(trust_policy=trust_policy)))


class TestHolds:
    def test_for_a_pinned_connection(self) -> None:
        proof = holding()
        assert proof.holds is True
        assert proof.exemptions == ()

    @pytest.mark.parametrize(
        ("geography", "region"),
        [("us", "us-east-1"), ("jp", "ap-northeast-1"), ("au", "ap-southeast-6"), ("global", "eu-west-2")],
    )
    def test_in_each_geography(self, geography: str, region: str) -> None:
        documents = pinned_policies(geography=geography, region=region, guardrail=None)
        proof = prove(subject(geography=geography, region=region, policies=documents, guardrail=None))
        assert proof.holds is True
        regions = {claim.region for claim in proof.claims if claim.group is Group.INVOKE}
        assert ("unspecified" in regions) == (geography == "global")

    def test_for_all_models_of_a_geography(self) -> None:
        documents = policies(*(one.to_dict() for one in pinned("all", "eu", REGION, ACCOUNT, GUARDRAIL)))
        proof = prove(subject(policies=documents, all_models=True))
        assert proof.holds is True
        assert not any("not enabled" in claim.what for claim in proof.claims)

    def test_for_any_version_of_a_guardrail(self) -> None:
        guardrail = Guardrail(GUARDRAIL.arn)
        assert (
            prove(subject(guardrail=guardrail, policies=pinned_policies(guardrail=guardrail))).holds is True
        )

    def test_for_a_user_with_access_keys(self) -> None:
        proof = prove(subject(identity=User(f"arn:aws:iam::{ACCOUNT}:user/port-byollm")))
        assert proof.holds is True
        assert not any(claim.external_id for claim in proof.claims)

    def test_with_permissions_to_subscribe_which_only_bedrock_can_use(self) -> None:
        documents = (*pinned_policies(), *policies(marketplace().to_dict()))
        assert prove(subject(policies=documents)).holds is True

    def test_under_scps_and_a_boundary_that_allow(self) -> None:
        assert prove(subject(boundary=FULL_ACCESS, scps=under(region_deny(*EU)))).holds is True

    def test_without_external_id_and_says_what_that_means(self) -> None:
        open_role = role(trust_policy=gateway_trust([GATEWAY]).to_dict(), external_ids=(), refused=())
        proof = prove(subject(identity=open_role))
        assert proof.holds is True
        assert any("No external ID is required" in note for note in proof.notes)


class TestWhoMayAssume:
    def test_each_gateway_with_each_accepted_external_id(self) -> None:
        both = role(
            trust_policy=gateway_trust([GATEWAY, OTHER_GATEWAY], [CURRENT, PREVIOUS]).to_dict(),
            gateways={"eu": GATEWAY, "us": OTHER_GATEWAY},
        )
        claims = [claim for claim in prove(subject(identity=both)).claims if claim.group is Group.ASSUME]
        assert [(claim.principal, claim.external_id, claim.holds) for claim in claims] == [
            (principal, label, True)
            for principal in (GATEWAY, OTHER_GATEWAY)
            for label in ("current", "previous")
        ]

    def test_the_confused_deputy_is_refused_each_time(self) -> None:
        proof = holding()
        for way in ("without an", "with a wrong", "with an old"):
            [decided] = decisions(proof, f"Port's gateway assumes the role {way} external ID")
            assert decided is Decision.IMPLICITLY_DENIED

    def test_an_external_id_that_is_missing_from_the_trust_policy_fails(self) -> None:
        [claim] = failing(proven(gateway_trust([GATEWAY], [PREVIOUS]).to_dict()))
        assert (claim.group, claim.external_id) == (Group.ASSUME, "current")
        assert "StringEquals on sts:ExternalId does not hold" in claim.reason

    @pytest.mark.parametrize(
        ("trust_policy", "what"),
        [
            (trust({"Principal": {"AWS": OTHER_GATEWAY}}), "of another Port region"),
            (
                trust({"Principal": {"AWS": f"arn:aws:iam::{GATEWAY.split(':')[4]}:root"}}),
                "another role of Port's",
            ),
            (trust({"Principal": "*"}), "another account"),
            (trust({"Principal": {"AWS": ACCOUNT}}), "the role's own account"),
            (trust({"Principal": {"AWS": "arn:aws:iam::444455556666:role/back/door"}}), "another principal"),
            (trust({"Principal": {"AWS": "444455556666"}}), "another principal"),
            (trust({"Principal": {"Service": "ecs-tasks.amazonaws.com"}}), "another principal"),
            (
                trust(
                    {
                        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.com"},
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Condition": {"StringLike": {"ci.example.com:sub": "repo:acme/*"}},
                    }
                ),
                "another principal",
            ),
            (
                trust(
                    {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}}
                ),
                "another principal",
            ),
            (
                trust(
                    {
                        "Principal": "*",
                        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ci"}},
                    }
                ),
                "another principal",
            ),
            (trust(Condition={}), "without an external ID"),
            (trust(Condition={"StringLike": {"sts:ExternalId": "*"}}), "with a wrong external ID"),
            (
                trust(Condition={"StringLike": {"sts:ExternalId": [f"{CURRENT}*", PREVIOUS]}}),
                "with a wrong external ID",
            ),
            (
                trust(Condition={"StringEqualsIgnoreCase": {"sts:ExternalId": [CURRENT, PREVIOUS]}}),
                "with a wrong external ID",
            ),
            (gateway_trust([GATEWAY], [CURRENT, PREVIOUS, OLD]).to_dict(), "with an old external ID"),
            (
                gateway_trust([GATEWAY], [CURRENT, PREVIOUS, "forgotten"]).to_dict(),
                "way that the trust policy allows",
            ),
        ],
    )
    def test_whoever_else_is_admitted_makes_the_proof_fail(self, trust_policy: Document, what: str) -> None:
        proof = proven(trust_policy)
        assert proof.holds is False
        assert any(what in one for one in failures(proof)), failures(proof)
        assert all(claim.group is Group.IMPOSSIBLE for claim in failing(proof))

    @pytest.mark.parametrize(
        "condition",
        [
            {"StringEquals": {"sts:ExternalId": "his-own"}},
            {"StringLike": {"sts:ExternalId": ["his-*", "hers-*"]}},
            {"StringNotEquals": {"sts:ExternalId": [CURRENT, PREVIOUS]}},
            {"Null": {"sts:ExternalId": "true"}},
            {"StringEquals": {"aws:SourceVpc": "vpc-1", "sts:ExternalId": "his-own"}},
        ],
    )
    def test_a_way_in_with_an_external_id_of_its_own_makes_the_proof_fail(self, condition: Document) -> None:
        for principal, what in (
            ("arn:aws:iam::444455556666:role/back/door", "another principal"),
            (GATEWAY, "another way"),
        ):
            extra = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
            given = trust()
            given["Statement"].append(extra | {"Condition": condition})
            proof = proven(given)
            assert proof.holds is False
            assert any(what in one for one in failures(proof)), failures(proof)

    def test_conditions_that_are_too_many_to_try_are_unknown(self) -> None:
        keys = {f"aws:PrincipalTag/{number}": [f"{value}" for value in range(3)] for number in range(7)}
        given = trust()
        given["Statement"].append(
            {
                "Effect": "Allow",
                "Principal": {"AWS": GATEWAY},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": CURRENT, **keys}},
            }
        )
        assert proven(given).holds is None

    def test_an_rcp_can_keep_the_gateway_out(self) -> None:
        rcp = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sts:AssumeRole",
            "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1234567890"}},
        }
        proof = prove(subject(rcps=((Policy("perimeter", document(rcp)),),)))
        assert {claim.reason for claim in failing(proof)} == {"statement 1 of RCP 'perimeter' denies it"}


def without_resource(part: str) -> Callable[[Document], None]:
    """Takes the resources out that contain `part`."""

    def change(policy: Document) -> None:
        for statement in policy["Statement"]:
            if isinstance(statement["Resource"], list):
                statement["Resource"] = [one for one in statement["Resource"] if part not in one]

    return change


def and_allow(action: str, resource: str = "*", **condition: Any) -> Callable[[Document], None]:
    def change(policy: Document) -> None:
        granted = {"Effect": "Allow", "Action": action, "Resource": resource}
        policy["Statement"].append({**granted, **({"Condition": condition} if condition else {})})

    return change


MODEL = "arn:aws:bedrock:*::foundation-model/"
PROFILE = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/"
NOT_ACTION = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::a-bucket/*"}
GUARDED = {"bedrock:GuardrailIdentifier": f"{GUARDRAIL.arn}:1"}


class TestWhatMayBeInvoked:
    def changed(self, change: Callable[[Document], None]) -> Proof:
        [policy] = copy.deepcopy(pinned_policies())
        assert isinstance(policy.document, dict)
        change(policy.document)
        return prove(subject(policies=(policy,)))

    @pytest.mark.parametrize("region", EU)
    def test_a_destination_that_is_missing_fails_there_for_each_action(self, region: str) -> None:
        proof = self.changed(without_resource(f":{region}::"))
        assert {(claim.region, claim.action, claim.model) for claim in failing(proof)} == {
            (region, action, model.name)
            for action in ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
            for model in (SONNET, HAIKU)
        }
        assert "nothing in the identity policies allows" in failing(proof)[0].reason

    def test_a_profile_that_is_missing_fails(self) -> None:
        proof = self.changed(without_resource("inference-profile/eu.anthropic.claude-haiku"))
        assert {(claim.what, claim.model) for claim in failing(proof)} == {
            ("the profile is called", HAIKU.name)
        }

    @pytest.mark.parametrize(
        ("resource", "condition"),
        [
            (
                "arn:aws:bedrock:us-east-1::foundation-model/*",
                {"Null": {"bedrock:GuardrailIdentifier": "true"}},
            ),
            (
                "arn:aws:bedrock:us-east-1::foundation-model/*",
                {"StringNotEquals": {"bedrock:GuardrailIdentifier": f"{GUARDRAIL.arn}:1"}},
            ),
            (
                f"arn:aws:bedrock:us-east-1::foundation-model/{SONNET.bedrock_id}",
                {"ArnLike": {"bedrock:InferenceProfileArn": "arn:aws:bedrock:*:*:inference-profile/other"}},
            ),
        ],
    )
    def test_a_way_that_only_the_policy_tells_fails(self, resource: str, condition: Document) -> None:
        proof = self.changed(and_allow("bedrock:InvokeModel", resource, **condition))
        assert "whatever else the policies permit is done" in failures(proof)

    @pytest.mark.parametrize(
        ("action", "condition"),
        [
            ("glacier:*", {"StringNotEquals": {"aws:RequestedRegion": REGION}}),
            ("iam:CreateUser", {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}),
            ("ses:SendEmail", {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}),
        ],
    )
    def test_another_action_in_another_region_fails(self, action: str, condition: Document) -> None:
        assert self.changed(and_allow(action, **condition)).holds is False

    def test_policies_with_too_many_conditions_to_try_are_unknown(self) -> None:
        keys = {f"aws:PrincipalTag/{number}": [f"{value}" for value in range(3)] for number in range(7)}
        resource = f"{PROFILE}eu.{SONNET.bedrock_id}"
        condition = {"StringEquals": {**keys, "bedrock:GuardrailIdentifier": f"{GUARDRAIL.arn}:1"}}
        assert self.changed(and_allow("bedrock:InvokeModel", resource, **condition)).holds is None

    def test_a_guardrail_that_may_not_be_applied_fails(self) -> None:
        proof = self.changed(lambda policy: policy["Statement"].pop())
        assert failures(proof) == {"the guardrail is applied"}

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            (
                and_allow("bedrock:InvokeModel", f"{MODEL}anthropic.claude-sonnet-4-20250514-v1:0"),
                "a model that is not enabled",
            ),
            (and_allow("bedrock:InvokeModel", f"{MODEL}amazon.*"), "a model that is not enabled"),
            (
                and_allow(
                    "bedrock:Invoke*",
                    "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0",
                    StringEquals={"aws:RequestedRegion": "us-west-2"},
                ),
                "a model that is not enabled",
            ),
            (
                and_allow("bedrock:InvokeModel", f"arn:aws:bedrock:us-east-1:{ACCOUNT}:provisioned-model/p"),
                "another kind of model",
            ),
            (
                and_allow(
                    "s3:GetObject", "arn:aws:s3:::a/*", StringNotEquals={"s3:ExistingObjectTag/x": "y"}
                ),
                "any other action",
            ),
            (and_allow("bedrock:InvokeModel"), "another kind of model"),
            (lambda policy: policy["Statement"].append(NOT_ACTION), "any other action"),
            (
                and_allow("bedrock:InvokeModel", f"{PROFILE}us.amazon.nova-pro-v1:0"),
                "a profile that is not enabled",
            ),
            (and_allow("bedrock:InvokeModel", f"{PROFILE}*"), "the profile of another geography"),
            (
                and_allow("bedrock:InvokeModel", f"arn:aws:bedrock:{REGION}:{ACCOUNT}:imported-model/*"),
                "another kind of model",
            ),
            (
                and_allow("bedrock:InvokeModel", f"{MODEL}{HAIKU.bedrock_id}", StringEquals=GUARDED),
                "the model is called without its profile",
            ),
            (
                and_allow(
                    "bedrock:InvokeModel",
                    f"{MODEL}{HAIKU.bedrock_id}",
                    StringEquals=GUARDED,
                    StringLike={"bedrock:InferenceProfileArn": "*"},
                ),
                "the model is called outside of its destinations",
            ),
            (
                and_allow(
                    "bedrock:InvokeModel",
                    f"arn:aws:bedrock:*:{ACCOUNT}:inference-profile/eu.{HAIKU.bedrock_id}",
                    StringEquals=GUARDED,
                ),
                "the profile is called from another region",
            ),
            (and_allow("bedrock:InvokeModel", f"{PROFILE}eu.{HAIKU.bedrock_id}"), "without the guardrail"),
            (
                and_allow(
                    "bedrock:InvokeModel",
                    f"{PROFILE}eu.{HAIKU.bedrock_id}",
                    StringLike={"bedrock:GuardrailIdentifier": f"{GUARDRAIL.arn}:*"},
                ),
                "with another version of the guardrail",
            ),
            (
                and_allow("bedrock:ApplyGuardrail", f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/*"),
                "another guardrail is applied",
            ),
            (and_allow("bedrock:ListFoundationModels"), "any other action"),
            (
                and_allow("bedrock:InvokeAgent", f"arn:aws:bedrock:*:{ACCOUNT}:agent-alias/A/*"),
                "any other action",
            ),
            (and_allow("s3:PutObjectAcl", "arn:aws:s3:::a-bucket/*"), "any other action"),
            (and_allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/*"), "any other action"),
            (and_allow("kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"), "any other action"),
            (and_allow("*"), "any other action"),
            (
                and_allow("ec2:*", StringEquals={"aws:ResourceTag/team": "platform"}),
                "any other action",
            ),
        ],
    )
    def test_whatever_else_is_granted_makes_the_proof_fail(
        self, change: Callable[[Document], None], what: str
    ) -> None:
        proof = self.changed(change)
        assert proof.holds is False
        assert any(what in one for one in failures(proof)), failures(proof)
        assert all(claim.group is Group.IMPOSSIBLE for claim in failing(proof))

    def test_reasons_go_by_the_names_of_documents(self) -> None:
        deny = Policy("stop", document({"Sid": "Stop", "Effect": "Deny"}))
        proof = prove(subject(boundary=deny))
        reasons = {claim.reason for claim in failing(proof)}
        assert reasons == {"statement 1 (Stop) of permissions boundary 'stop' denies it"}

    def test_a_level_of_scps_that_allows_nothing_is_named(self) -> None:
        proof = prove(subject(scps=((FULL_ACCESS,), (Policy("s3", document({"Action": "s3:*"})),))))
        assert all("nothing in the SCPs of level 2 allows" in claim.reason for claim in failing(proof))
        assert {claim.group for claim in failing(proof)} == {Group.INVOKE}
        assert proof.exemptions == ()

    def test_a_model_without_profile_there_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="claude-opus-4-6 has no profile in geography 'eu'"):
            prove(subject(models=(parse_model("claude-opus-4-6"),)))

    @pytest.mark.parametrize("changes", [{"models": ()}, {"identity": role(gateways={})}])
    def test_of_nothing_there_is_no_proof(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ConfigError, match="nothing to prove"):
            prove(subject(**changes))


class TestUnknown:
    def test_trust_policy(self) -> None:
        proof = prove(subject(identity=role(trust_policy=LATER)))
        assert proof.holds is None
        assert decisions(proof, "Port's gateway assumes the role") == {None}
        assert decisions(proof, "the model is called") == {Decision.ALLOWED}
        [reason] = {claim.reason for claim in proof.claims if claim.holds is None}
        assert reason == "the trust policy is unknown: it is made by the update"

    def test_an_external_id_leaves_its_own_cells_unknown(self) -> None:
        proof = prove(subject(identity=role(external_ids=(ExternalId("current", LATER),), refused=())))
        assert decisions(proof, "Port's gateway assumes the role") == {None}
        assert decisions(proof, "Port's gateway assumes the role without an external ID") == {
            Decision.IMPLICITLY_DENIED
        }

    def test_one_of_two_policies(self) -> None:
        proof = prove(subject(policies=(*pinned_policies(), Policy("extra", LATER))))
        assert proof.holds is None
        assert decisions(proof, "the model is called") == {None}
        assert decisions(proof, "any other action is taken") == {None}
        assert "identity policy 'extra' is unknown: it is made by the update" in table(proof)

    def test_what_is_denied_whatever_the_unknown_says_is_denied(self) -> None:
        proof = prove(
            subject(policies=(Policy("extra", LATER),), boundary=Policy("none", document({"Action": "s3:*"})))
        )
        assert proof.holds is False
        assert decisions(proof, "the model is called") == {Decision.IMPLICITLY_DENIED}

    @pytest.mark.parametrize(
        "changes",
        [
            {"boundary": Policy("limits", LATER)},
            {"scps": under(Policy("secret", LATER))},
        ],
    )
    def test_what_can_only_limit_leaves_denials_alone(self, changes: dict[str, Any]) -> None:
        proof = prove(subject(**changes))
        assert proof.holds is None
        assert unknowns(proof) == {"the guardrail is applied", "the profile is called", "the model is called"}

    def test_an_rcp_is_among_what_limits(self) -> None:
        assert "Port's gateway assumes the role" in unknowns(prove(subject(rcps=((Policy("p", LATER),),))))

    @pytest.mark.parametrize(
        "changes", [{"account": LATER}, {"identity": role(arn=LATER)}, {"guardrail": LATER}]
    )
    def test_what_requests_are_made_of_leaves_nothing_decided(self, changes: dict[str, Any]) -> None:
        proof = prove(subject(**changes))
        assert proof.holds is None
        assert decisions(proof, "the model is called") == {None}
        assert not failing(proof)

    def test_a_document_that_iam_would_refuse_is_not_passed(self) -> None:
        proof = proven(trust(Condition={"StringEqualz": {"sts:ExternalId": CURRENT}}))
        assert decisions(proof, "Port's gateway assumes the role") == {None}
        [reason] = {claim.reason for claim in proof.claims if claim.holds is None}
        assert reason.startswith("IAM would refuse the trust policy, statement 1, Condition")


def test_a_failure_beats_what_is_unknown() -> None:
    proof = prove(subject(identity=role(trust_policy=trust(Condition={})), boundary=Policy("limits", LATER)))
    assert None in {claim.holds for claim in proof.claims}
    assert proof.holds is False


def test_a_model_that_the_catalogue_does_not_have_is_unknown() -> None:
    proof = prove(subject(unknown_models=("claude-next-9",)))
    [claim] = [claim for claim in proof.claims if claim.holds is None]
    assert (proof.holds, claim.model, claim.group) == (None, "claude-next-9", Group.INVOKE)
    for text in (table(proof), picture(proof, "Proof")):
        assert "claude-next-9 is enabled in Port but not in the catalog" in text


def test_external_ids_are_nowhere_to_be_read() -> None:
    given = subject(
        identity=role(trust_policy=gateway_trust([GATEWAY], [PREVIOUS, "forgotten-one"]).to_dict())
    )
    proof = prove(given)
    for text in (repr(given), repr(proof), table(proof)):
        for value in (CURRENT, PREVIOUS, OLD, "forgotten-one"):
            assert value not in text
            assert value[:-1] not in text


def test_four_models_in_six_regions_take_well_under_a_second() -> None:
    models = (SONNET, HAIKU, parse_model("anthropic.claude-foo-v1:0"), parse_model("amazon.nova-pro-v1:0"))
    given = subject(models=models, policies=pinned_policies(models), scps=under(region_deny(REGION)))
    prove(given)
    start = time.process_time()
    proof = prove(given)
    assert time.process_time() - start < 1
    assert len(proof.exemptions) == 1
    assert ROLE in {claim.resource for claim in proof.claims}
