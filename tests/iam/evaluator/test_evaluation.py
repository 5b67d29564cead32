"""The rules of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html."""

from collections.abc import Mapping
from typing import Any

import pytest

from port_byollm.iam.evaluator import Decision, Evaluator, Request, Undecidable, Verdict, evaluate

HOME, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{HOME}:role/path/byollm"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/byollm/port"
USER = f"arn:aws:iam::{HOME}:user/ci"
GATEWAY = f"arn:aws:iam::{OTHER}:role/gateway"
MODEL = "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-foo"
GLOBAL_MODEL = "arn:aws:bedrock:::foundation-model/anthropic.claude-foo"
BUCKET = "arn:aws:s3:::bucket"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{HOME}:secret:s"

ALLOWED, IMPLICIT, EXPLICIT = Decision.ALLOWED, Decision.IMPLICITLY_DENIED, Decision.EXPLICITLY_DENIED


def policy(*statements: Mapping[str, Any], **elements: Any) -> dict[str, Any]:
    """One statement per mapping, or one of `elements`: everything is allowed but for what they say."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [{**everything, **one} for one in statements or [elements]]}


def trust(principal: Any, **elements: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | elements
    return {"Version": "2012-10-17", "Statement": [statement]}


def resource_policy(principal: Any, **elements: Any) -> dict[str, Any]:
    return policy(Principal=principal, **elements)


ALLOW_ALL = policy()
ALLOW_NOTHING = policy(Action="none:None")


def invoke(resource: str = MODEL, principal: str = SESSION, **context: str) -> Request:
    keys = {f"aws:{key}": value for key, value in context.items()}
    return Request(principal, "bedrock:InvokeModel", resource, keys)


def assume(principal: str = GATEWAY, **context: str) -> Request:
    return Request(principal, "sts:AssumeRole", ROLE, {f"sts:{key}": value for key, value in context.items()})


def decide(request: Request, *identity: Mapping[str, Any], **documents: Any) -> Decision:
    return evaluate(request, identity_policies=identity, **documents).decision


class TestIdentityPolicies:
    def test_nothing_allows_by_itself(self) -> None:
        assert decide(invoke()) is IMPLICIT

    def test_any_policy_may_allow_and_any_deny_wins(self) -> None:
        allow = policy(Action="bedrock:InvokeModel", Resource=MODEL)
        assert decide(invoke(), ALLOW_NOTHING, allow) is ALLOWED
        assert decide(invoke(), allow, policy(Effect="Deny", Action="bedrock:*")) is EXPLICIT

    @pytest.mark.parametrize(
        ("action", "expected"),
        [
            ("bedrock:InvokeModel", ALLOWED),
            ("bedrock:invokemodel", ALLOWED),
            ("BEDROCK:Invoke*", ALLOWED),
            ("bedrock:InvokeMode?", ALLOWED),
            ("bedrock:InvokeModel?", IMPLICIT),
            ("bedrock:Converse", IMPLICIT),
            ("*", ALLOWED),
        ],
    )
    def test_actions_are_case_insensitive(self, action: str, expected: Decision) -> None:
        assert decide(invoke(), policy(Action=action)) is expected

    @pytest.mark.parametrize(
        ("resource", "expected"),
        [
            (MODEL, ALLOWED),
            (MODEL.upper().replace("ARN:AWS", "arn:aws"), IMPLICIT),
            ("arn:aws:bedrock:*::foundation-model/*", ALLOWED),
            ([MODEL + "x", MODEL], ALLOWED),
        ],
    )
    def test_resources_are_case_sensitive(self, resource: Any, expected: Decision) -> None:
        assert decide(invoke(), policy(Resource=resource)) is expected

    def test_wildcard_region_reaches_the_arn_of_global_profiles_and_a_prefix_does_not(self) -> None:
        assert (
            decide(invoke(GLOBAL_MODEL), policy(Resource="arn:aws:bedrock:*::foundation-model/*")) is ALLOWED
        )
        assert (
            decide(invoke(GLOBAL_MODEL), policy(Resource="arn:aws:bedrock:eu-*::foundation-model/*"))
            is IMPLICIT
        )

    def test_not_action_and_not_resource(self) -> None:
        def deny(**elements: Any) -> dict[str, Any]:
            statement = {"Effect": "Deny", "Action": "*", "Resource": "*"} | elements
            return {"Statement": {key: value for key, value in statement.items() if value}}

        assert decide(invoke(), ALLOW_ALL, deny(Action=None, NotAction="bedrock:*")) is ALLOWED
        assert decide(invoke(), ALLOW_ALL, deny(Action=None, NotAction=["s3:*", "iam:*"])) is EXPLICIT
        assert decide(invoke(), ALLOW_ALL, deny(Resource=None, NotResource=MODEL)) is ALLOWED
        assert decide(invoke(), ALLOW_ALL, deny(Resource=None, NotResource=[BUCKET])) is EXPLICIT

    def test_deny_on_insecure_transport_is_silent_where_nothing_is_said_of_transport(self) -> None:
        deny = policy(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
        assert decide(invoke(), ALLOW_ALL, deny) is ALLOWED
        assert decide(invoke(SecureTransport="false"), ALLOW_ALL, deny) is EXPLICIT

    def test_action_without_resource(self) -> None:
        request = Request(SESSION, "bedrock:ListFoundationModels", "*")
        assert decide(request, ALLOW_ALL) is ALLOWED
        assert decide(request, policy(Resource="arn:aws:bedrock:*:*:*")) is IMPLICIT


class TestPermissionBoundary:
    def test_allows_what_both_allow(self) -> None:
        assert decide(invoke(), ALLOW_ALL, permission_boundary=ALLOW_ALL) is ALLOWED
        assert decide(invoke(), ALLOW_ALL, permission_boundary=ALLOW_NOTHING) is IMPLICIT
        assert decide(invoke(), ALLOW_NOTHING, permission_boundary=ALLOW_ALL) is IMPLICIT
        assert decide(invoke(), ALLOW_ALL, permission_boundary=policy(Effect="Deny")) is EXPLICIT

    @pytest.mark.parametrize(
        ("caller", "named", "expected"),
        [
            (ROLE, ROLE, IMPLICIT),
            (SESSION, ROLE, IMPLICIT),
            (SESSION, "*", ALLOWED),
            (SESSION, SESSION, ALLOWED),
            (USER, USER, ALLOWED),
        ],
    )
    def test_limits_what_a_resource_grants_a_role_but_not_a_session_or_user(
        self, caller: str, named: str, expected: Decision
    ) -> None:
        request = Request(caller, "s3:GetObject", BUCKET)
        granting = resource_policy({"AWS": named})
        assert decide(request, resource_policy=granting, permission_boundary=ALLOW_NOTHING) is expected
        assert decide(request, resource_policy=granting, permission_boundary=ALLOW_ALL) is ALLOWED


class TestOrganization:
    def test_every_level_needs_its_own_allow(self) -> None:
        assert decide(invoke(), ALLOW_ALL, scps=[[ALLOW_ALL], [ALLOW_ALL]]) is ALLOWED
        assert decide(invoke(), ALLOW_ALL, scps=[[ALLOW_ALL], [ALLOW_NOTHING]]) is IMPLICIT
        assert decide(invoke(), ALLOW_ALL, scps=[[ALLOW_NOTHING], [ALLOW_ALL]]) is IMPLICIT
        assert decide(invoke(), ALLOW_ALL, scps=[[ALLOW_ALL], []]) is IMPLICIT

    def test_within_one_level_one_allow_is_enough(self) -> None:
        assert decide(invoke(), ALLOW_ALL, scps=[ALLOW_NOTHING, ALLOW_ALL]) is ALLOWED

    def test_scp_grants_nothing(self) -> None:
        assert decide(invoke(), scps=[ALLOW_ALL]) is IMPLICIT

    @pytest.mark.parametrize(
        "context", [{}, {"RequestedRegion": "unspecified"}, {"RequestedRegion": "us-east-1"}]
    )
    def test_region_deny_fires_on_another_on_unspecified_and_on_an_absent_region(
        self, context: dict[str, str]
    ) -> None:
        deny = policy(
            Effect="Deny", Condition={"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-3"]}}
        )
        assert decide(invoke(**context), ALLOW_ALL, scps=[ALLOW_ALL, deny]) is EXPLICIT
        assert decide(invoke(RequestedRegion="eu-west-3"), ALLOW_ALL, scps=[ALLOW_ALL, deny]) is ALLOWED

    def test_rcp_overrides_a_correct_trust_policy(self) -> None:
        deny = resource_policy(
            "*",
            Effect="Deny",
            Action="sts:AssumeRole",
            Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-mine"}},
        )
        documents = {"resource_policy": trust({"AWS": GATEWAY})}
        assert decide(assume(), ALLOW_ALL, rcps=[resource_policy("*")], **documents) is ALLOWED
        assert decide(assume(), ALLOW_ALL, rcps=[resource_policy("*"), deny], **documents) is EXPLICIT
        assert decide(assume(), ALLOW_ALL, rcps=[[], [deny]], **documents) is EXPLICIT
        assert decide(assume(), ALLOW_ALL, rcps=[[], []], **documents) is ALLOWED  # RCPFullAWSAccess stays


class TestAssumeRole:
    def test_across_accounts_both_sides_must_allow(self) -> None:
        assert decide(assume(), ALLOW_ALL, resource_policy=trust({"AWS": GATEWAY})) is ALLOWED
        assert decide(assume(), ALLOW_NOTHING, resource_policy=trust({"AWS": GATEWAY})) is IMPLICIT
        assert decide(assume(), ALLOW_ALL, resource_policy=trust({"AWS": GATEWAY + "x"})) is IMPLICIT

    @pytest.mark.parametrize(
        "principal",
        [{"AWS": OTHER}, {"AWS": f"arn:aws:iam::{OTHER}:root"}, {"AWS": [USER, GATEWAY]}, "*", {"AWS": "*"}],
    )
    def test_trust_may_name_the_role_its_account_or_everyone(self, principal: Any) -> None:
        assert decide(assume(), ALLOW_ALL, resource_policy=trust(principal)) is ALLOWED

    @pytest.mark.parametrize(
        "principal",
        [
            {"AWS": HOME},
            {"Service": "ec2.amazonaws.com"},
            {"Federated": f"arn:aws:iam::{OTHER}:saml-provider/x"},
        ],
    )
    def test_trust_in_others_is_none_in_the_gateway(self, principal: Any) -> None:
        assert decide(assume(), ALLOW_ALL, resource_policy=trust(principal)) is IMPLICIT

    def test_within_one_account_naming_the_role_is_enough_and_naming_the_account_is_not(self) -> None:
        request = assume(USER)
        assert decide(request, resource_policy=trust({"AWS": USER})) is ALLOWED
        assert decide(request, resource_policy=trust({"AWS": HOME})) is IMPLICIT
        assert decide(request, ALLOW_ALL, resource_policy=trust({"AWS": HOME})) is ALLOWED
        assert decide(request, ALLOW_ALL, resource_policy=trust({"AWS": GATEWAY})) is IMPLICIT

    def test_naming_or_denying_a_role_covers_its_sessions_whose_arn_drops_the_path(self) -> None:
        request = Request(SESSION, "sts:AssumeRole", f"arn:aws:iam::{HOME}:role/next")
        assert decide(request, resource_policy=trust({"AWS": ROLE})) is ALLOWED
        assert (
            decide(request, resource_policy=trust({"AWS": f"arn:aws:iam::{HOME}:role/byollm2"})) is IMPLICIT
        )
        assert decide(request, resource_policy=trust({"AWS": ROLE.replace(HOME, OTHER)})) is IMPLICIT
        denying = trust({"AWS": HOME})
        denying["Statement"] += trust({"AWS": ROLE}, Effect="Deny")["Statement"]
        assert decide(request, ALLOW_ALL, resource_policy=denying) is EXPLICIT

    def test_naming_a_session_covers_neither_its_role_nor_another_session(self) -> None:
        granting = trust({"AWS": SESSION})
        for caller in (ROLE, SESSION + "2"):
            request = Request(caller, "sts:AssumeRole", f"arn:aws:iam::{HOME}:role/next")
            assert decide(request, resource_policy=granting) is IMPLICIT

    @pytest.mark.parametrize("external_ids", ["right", ["new", "right"]])
    def test_external_id_must_be_sent_and_be_one_of_those_accepted(self, external_ids: Any) -> None:
        granting = trust({"AWS": GATEWAY}, Condition={"StringEquals": {"sts:ExternalId": external_ids}})
        assert decide(assume(ExternalId="right"), ALLOW_ALL, resource_policy=granting) is ALLOWED
        assert decide(assume(ExternalId="righT"), ALLOW_ALL, resource_policy=granting) is IMPLICIT
        assert decide(assume(), ALLOW_ALL, resource_policy=granting) is IMPLICIT

    def test_external_id_on_a_statement_with_tag_session_leaves_that_undone(self) -> None:
        granting = trust(
            {"AWS": GATEWAY},
            Action=["sts:AssumeRole", "sts:TagSession"],
            Condition={"StringEquals": {"sts:ExternalId": "right"}},
        )
        tag = Request(GATEWAY, "sts:TagSession", ROLE)
        assert decide(assume(ExternalId="right"), ALLOW_ALL, resource_policy=granting) is ALLOWED
        assert decide(tag, ALLOW_ALL, resource_policy=granting) is IMPLICIT

    def test_second_statement_may_name_the_caller(self) -> None:
        document = trust({"AWS": USER})
        document["Statement"] += trust({"AWS": GATEWAY})["Statement"]
        assert decide(assume(), ALLOW_ALL, resource_policy=document) is ALLOWED

    def test_role_without_trust_policy_is_undecidable(self) -> None:
        with pytest.raises(Undecidable, match="every role has one"):
            decide(assume(), ALLOW_ALL)

    def test_trust_policy_with_resource_is_refused(self) -> None:
        with pytest.raises(Undecidable, match="has a Resource"):
            decide(assume(), ALLOW_ALL, resource_policy=resource_policy({"AWS": GATEWAY}))


class TestResourcePolicies:
    def test_within_one_account_either_side_may_allow(self) -> None:
        request = Request(USER, "secretsmanager:GetSecretValue", SECRET)
        assert decide(request, resource_policy=resource_policy({"AWS": USER})) is ALLOWED
        assert decide(request, ALLOW_ALL, resource_policy=resource_policy({"AWS": GATEWAY})) is ALLOWED
        assert decide(request, resource_policy=resource_policy({"AWS": HOME})) is IMPLICIT

    def test_across_accounts_both_sides_must_allow(self) -> None:
        request = Request(GATEWAY, "secretsmanager:GetSecretValue", SECRET)
        assert decide(request, ALLOW_ALL) is IMPLICIT
        assert decide(request, resource_policy=resource_policy({"AWS": GATEWAY})) is IMPLICIT
        assert decide(request, ALLOW_ALL, resource_policy=resource_policy({"AWS": OTHER})) is ALLOWED

    def test_account_of_the_resource_can_be_said_where_its_arn_has_none(self) -> None:
        assert decide(Request(USER, "s3:GetObject", BUCKET), ALLOW_ALL) is ALLOWED
        assert decide(Request(USER, "s3:GetObject", BUCKET, resource_account=OTHER), ALLOW_ALL) is IMPLICIT

    def test_without_resource_is_refused(self) -> None:
        with pytest.raises(Undecidable, match="has no Resource"):
            decide(Request(USER, "s3:GetObject", BUCKET), resource_policy=trust({"AWS": USER}))


class TestReasons:
    def verdict(self, request: Request, *identity: Mapping[str, Any], **documents: Any) -> Verdict:
        return evaluate(request, identity_policies=identity, **documents)

    def test_allow_names_every_statement_that_was_needed(self) -> None:
        granting = trust({"AWS": GATEWAY}, Sid="Gateway")
        assert self.verdict(assume(), ALLOW_NOTHING, ALLOW_ALL, resource_policy=granting).reason == (
            "allowed by statement 1 (Gateway) of the trust policy, statement 1 of identity policy 2"
        )

    def test_deny_names_the_statement(self) -> None:
        scp = policy({}, {"Sid": "NoModels", "Effect": "Deny"})
        verdict = self.verdict(invoke(), ALLOW_ALL, scps=[[ALLOW_ALL], [scp]])
        assert verdict.reason == "statement 2 (NoModels) of SCP 1 of level 2 denies it"

    def test_missing_allow_names_the_layer(self) -> None:
        assert self.verdict(invoke(), ALLOW_ALL, scps=[[ALLOW_NOTHING]]).reason == (
            f"nothing in the SCPs of level 1 allows bedrock:InvokeModel on {MODEL}"
        )

    def test_missing_allow_shows_what_came_nearest(self) -> None:
        near = policy(
            {"Sid": "Elsewhere", "Resource": GLOBAL_MODEL},
            {"Sid": "Guarded", "Condition": {"StringEquals": {"bedrock:GuardrailIdentifier": "x"}}},
        )
        assert self.verdict(invoke(), ALLOW_NOTHING, near).reason.endswith(
            "nearest is statement 2 (Guarded) of identity policy 2, but its condition StringEquals on"
            " bedrock:GuardrailIdentifier does not hold: the request has no such key"
        )

    def test_documents_go_by_the_names_that_they_are_given(self) -> None:
        evaluator = Evaluator(
            identity_policies=[ALLOW_ALL],
            permission_boundary=policy(Effect="Deny", Resource=GLOBAL_MODEL),
            scps=[policy(Effect="Deny", Resource=MODEL)],
            names={"SCP 1 of level 1": "SCP regions", "the permission boundary": "boundary byollm"},
        )
        assert evaluator.evaluate(invoke()).reason == "statement 1 of SCP regions denies it"
        assert evaluator.evaluate(invoke(GLOBAL_MODEL)).reason == "statement 1 of boundary byollm denies it"

    def test_external_ids_stay_out(self) -> None:
        granting = trust({"AWS": GATEWAY}, Condition={"StringEquals": {"sts:ExternalId": "right-one"}})
        reason = self.verdict(assume(ExternalId="wrong-one"), ALLOW_ALL, resource_policy=granting).reason
        assert "StringEquals on sts:ExternalId" in reason
        assert "-one" not in reason


@pytest.mark.parametrize(
    ("document", "place", "problem"),
    [
        ("{}", "identity policy 2", "not a JSON object"),
        ({}, "identity policy 2", "Statement is missing"),
        ({"Statement": []}, "identity policy 2", "Statement is missing"),
        (ALLOW_ALL | {"Version": "2012-10-18"}, "identity policy 2", "Version is '2012-10-18'"),
        (ALLOW_ALL | {"Statements": []}, "identity policy 2", "unknown element 'Statements'"),
        ({"Statement": ["x"]}, "identity policy 2, statement 1", "not a JSON object"),
        ({"Statement": 5}, "identity policy 2, statement 1", "not a JSON object"),
        (policy(Effect="allow"), "identity policy 2, statement 1", "Effect"),
        (policy(Sid="a-b"), "identity policy 2, statement 1", "Sid 'a-b'"),
        (policy({"Sid": "a"}, {"Sid": "a"}), "identity policy 2", "same Sid"),
        (policy(Principal="*"), "identity policy 2, statement 1", "has a Principal"),
        (policy(NotPrincipal="*"), "identity policy 2, statement 1", "NotPrincipal"),
        (policy(Actions="*"), "identity policy 2, statement 1", "unknown element 'Actions'"),
        (policy(NotAction="*"), "identity policy 2, statement 1", "both Action and NotAction"),
        (
            {"Statement": {"Effect": "Allow", "Action": "*"}},
            "identity policy 2, statement 1",
            "neither Resource",
        ),
        (policy(Action=[]), "identity policy 2, statement 1", "Action is neither text"),
        (policy(Action=[1]), "identity policy 2, statement 1", "Action is neither text"),
        (
            policy(Action="InvokeModel"),
            "identity policy 2, statement 1",
            "'InvokeModel', which is not an action",
        ),
        (policy(Action="*:InvokeModel"), "identity policy 2, statement 1", "which is not an action"),
        (policy(Resource="bucket"), "identity policy 2, statement 1", "'bucket', which is not an ARN"),
        (
            policy(Resource="arn:aws:s3:::${aws:username") | {"Version": "2012-10-17"},
            "identity policy 2, statement 1",
            "Resource has a variable without its closing brace",
        ),
        (
            policy(Condition={"StringIs": {"a:b": "c"}}),
            "identity policy 2, statement 1, Condition",
            "'StringIs'",
        ),
    ],
)
def test_refuses_to_guess_at_a_document(document: Any, place: str, problem: str) -> None:
    with pytest.raises(Undecidable) as raised:
        Evaluator(identity_policies=[ALLOW_ALL, document])
    assert raised.value.place == place
    assert problem in raised.value.problem


@pytest.mark.parametrize(
    "principal",
    [
        f"arn:aws:iam::{HOME}:role/*",
        f"arn:aws:iam::{HOME}:role/by?llm",
        {"AWS": "gateway"},
        {"AWS": "11112222333"},
        {"AWS": 111122223333},
        {"AWS": [ROLE, None]},
        {"Aws": HOME},
        {},
        [HOME],
        None,
    ],
)
def test_principal_is_never_a_pattern(principal: Any) -> None:
    given = {"AWS": principal} if isinstance(principal, str) else principal
    with pytest.raises(Undecidable, match="the trust policy, statement 1, Principal"):
        decide(assume(), ALLOW_ALL, resource_policy=trust(given))


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (Request("gateway", "s3:GetObject", BUCKET), "'gateway' is not an ARN"),
        (Request(f"arn:aws:iam::{HOME}:group/x", "s3:GetObject", BUCKET), "not the ARN of a role"),
        (Request(f"arn:aws:iam::{HOME}:role/*", "s3:GetObject", BUCKET), "not the ARN of a role"),
        (Request(USER, "GetObject", BUCKET), "'GetObject' is not an action"),
        (Request(USER, "s3:Get*", BUCKET), "'s3:Get*' is not an action"),
        (Request(USER, "bedrock:Converse", MODEL), "authorizes it as bedrock:InvokeModel"),
        (
            Request(USER, "bedrock:conversestream", MODEL),
            "authorizes it as bedrock:InvokeModelWithResponseStream",
        ),
        (Request(USER, "s3:GetObject", "bucket"), "'bucket' is not an ARN"),
        (Request(USER, "s3:GetObject", "arn:aws:s3:::*"), "has a wildcard"),
    ],
)
def test_refuses_a_request_that_is_none(request_: Request, problem: str) -> None:
    with pytest.raises(Undecidable) as raised:
        decide(request_, ALLOW_ALL)
    assert raised.value.place.startswith("request, ")
    assert problem in raised.value.problem


def test_mixed_levels_are_refused() -> None:
    with pytest.raises(Undecidable, match="SCP 2 of level 1"):
        Evaluator(identity_policies=[ALLOW_ALL], scps=[ALLOW_ALL, [ALLOW_ALL]])  # type: ignore[arg-type]  # the point


def test_document_that_is_null_is_not_one_that_is_left_out() -> None:
    with pytest.raises(Undecidable, match="identity policy 2: is not a JSON object"):
        Evaluator(identity_policies=[ALLOW_ALL, None])  # type: ignore[list-item]  # the point
