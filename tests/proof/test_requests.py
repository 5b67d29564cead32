from port_byollm.iam.evaluator import Request
from port_byollm.proof.requests import AppliedGuardrail, Caller, Calls, assume_role

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/byollm"
GATEWAY = "arn:aws:iam::444455556666:role/gateway"
MODEL, PROFILE = "anthropic.claude-foo-v1:0", "eu.anthropic.claude-foo-v1:0"
PROFILE_ARN = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:inference-profile/{PROFILE}"
GUARDRAIL = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:guardrail/abc"


def calls(guardrail: AppliedGuardrail | None = None) -> Calls:
    return Calls(Caller.of_role(ROLE), "eu-west-1", guardrail)


def told(requests: list[Request]) -> list[tuple[str, str, object, object]]:
    return [
        (
            request.action.removeprefix("bedrock:"),
            request.resource,
            request.context["aws:RequestedRegion"],
            request.context.get("bedrock:InferenceProfileArn"),
        )
        for request in requests
    ]


def test_a_call_is_asked_of_the_profile_here_and_of_the_model_in_each_destination() -> None:
    asked = told(list(calls().through(MODEL, PROFILE, ["eu-west-1", "eu-north-1"])))
    assert asked == [
        (action, resource, region, profile)
        for action in ("InvokeModel", "InvokeModelWithResponseStream")
        for resource, region, profile in (
            (PROFILE_ARN, "eu-west-1", None),
            (f"arn:aws:bedrock:eu-west-1::foundation-model/{MODEL}", "eu-west-1", PROFILE_ARN),
            (f"arn:aws:bedrock:eu-north-1::foundation-model/{MODEL}", "eu-north-1", PROFILE_ARN),
        )
    ]


def test_global_routing_has_no_region_in_the_arn_and_unspecified_in_the_request() -> None:
    request = calls().of_model("bedrock:InvokeModel", MODEL, "", f"global.{MODEL}")
    assert request.resource == f"arn:aws:bedrock:::foundation-model/{MODEL}"
    assert request.context["aws:RequestedRegion"] == "unspecified"


def test_each_call_carries_the_guardrail_but_applying_it_does_not() -> None:
    guarded = calls(AppliedGuardrail(GUARDRAIL, "3"))
    key = "bedrock:GuardrailIdentifier"
    for request in guarded.through(MODEL, PROFILE, ["eu-west-1"]):
        assert request.context[key] == f"{GUARDRAIL}:3"
    [applying] = guarded.of_guardrail()
    assert (applying.action, applying.resource) == ("bedrock:ApplyGuardrail", GUARDRAIL)
    assert key not in applying.context
    assert not list(calls().of_guardrail())


def test_a_draft_is_identified_without_version() -> None:
    assert [AppliedGuardrail(GUARDRAIL, version).identifier for version in (None, "", "DRAFT")] == [
        GUARDRAIL
    ] * 3


def test_a_session_drops_the_path_and_its_requests_name_the_role() -> None:
    [request, *_] = calls().through(MODEL, PROFILE, ["eu-west-1"])
    assert request.principal == f"arn:aws:sts::{ACCOUNT}:assumed-role/byollm/port-llm-gateway"
    assert request.context["aws:PrincipalArn"] == ROLE
    assert request.context["aws:PrincipalAccount"] == ACCOUNT


def test_a_user_is_known_by_its_name() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/team/byollm"
    assert Caller(arn, arn).context["aws:username"] == "byollm"
    assert "aws:username" not in Caller.of_role(ROLE).context


def test_assuming_a_role_carries_the_external_id_only_where_there_is_one() -> None:
    assert assume_role(GATEWAY, ROLE, "the-id").context["sts:ExternalId"] == "the-id"
    assert "sts:ExternalId" not in assume_role(GATEWAY, ROLE, None).context


def test_services_have_no_arn_and_no_account() -> None:
    assert not {"aws:PrincipalArn", "aws:PrincipalAccount"} & set(
        assume_role("ec2.amazonaws.com", ROLE, None).context
    )
