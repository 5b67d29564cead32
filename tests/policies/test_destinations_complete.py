"""Both ARNs of each model, and every destination region, over all that an identity has."""

import json
from typing import Any

from port_byollm.catalogue import destinations_of

from .conftest import ACCOUNT, JudgeStack, allowing, invoke_policy, make_resource, managed, role

POLICY, ROLE = "aws:iam/policy:Policy", "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
INVOKE = "bedrock:InvokeModel"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
PROFILE = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:inference-profile/eu.{SONNET}"
MODELS = [
    f"arn:aws:bedrock:{region}::foundation-model/{SONNET}" for region in destinations_of("eu", "eu-west-1")
]


def policy(document: dict[str, Any], name: str = "invoke") -> Any:
    return make_resource(POLICY, name, managed(document) | {"name": name})


def test_whole_policy_passes(judge_stack: JudgeStack) -> None:
    assert judge_stack(policy(invoke_policy())) == []
    assert judge_stack(policy(allowing(INVOKE, "*"))) == []


def test_missing_destination_is_found(judge_stack: JudgeStack) -> None:
    missing = [arn for arn in MODELS if "eu-north-1" not in arn and "eu-south-2" not in arn]

    [(name, problem)] = judge_stack(policy(allowing(INVOKE, [PROFILE, *missing])))

    assert name == "invoke"
    assert problem.startswith(f"permits {PROFILE} but not its model in eu-north-1, eu-south-2: IAM denies ")


def test_missing_home_region_alone_is_found(judge_stack: JudgeStack) -> None:
    [(_, problem)] = judge_stack(policy(allowing(INVOKE, [PROFILE, MODELS[0]])))

    assert "and 2 more" in problem


def test_missing_model_arns_are_found(judge_stack: JudgeStack) -> None:
    [(_, problem)] = judge_stack(policy(allowing(INVOKE, PROFILE)))

    assert problem.startswith(f"permits {PROFILE} but not its model in ")


def test_missing_profile_is_found(judge_stack: JudgeStack) -> None:
    assert judge_stack(policy(allowing(INVOKE, MODELS))) == [
        ("invoke", f"permits {SONNET} but none of its inference profiles, the only way to call it")
    ]


def test_missing_empty_region_of_a_global_profile_is_found(judge_stack: JudgeStack) -> None:
    profile = PROFILE.replace("/eu.", "/global.")

    [(_, problem)] = judge_stack(policy(allowing(INVOKE, [profile, *MODELS])))

    assert (
        problem
        == f"permits {profile} but not its model in the empty region: IAM denies requests routed there"
    )


def test_parts_of_one_role_complete_each_other(judge_stack: JudgeStack) -> None:
    gateway = make_resource(ROLE, "gateway", role())
    profile, models = policy(allowing(INVOKE, PROFILE), "profile"), policy(allowing(INVOKE, MODELS), "models")
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    attachments = [
        make_resource(
            ATTACHMENT, part.name, {"role": "gateway", "policyArn": unknown}, made_of={"policyArn": [part]}
        )
        for part in (profile, models)
    ]

    assert judge_stack(gateway, profile, models, *attachments) == []
    assert len(judge_stack(gateway, profile, models, attachments[0])) == 2


def test_role_with_a_policy_from_elsewhere_may_have_the_rest_from_it(judge_stack: JudgeStack) -> None:
    inline = [{"name": "profile", "policy": json.dumps(allowing(INVOKE, PROFILE))}]
    gateway = make_resource(ROLE, "gateway", role(inlinePolicies=inline))
    rest = {"role": "gateway", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/models"}

    assert judge_stack(gateway, make_resource(ATTACHMENT, "rest", rest)) == []


def test_inline_policies_of_a_role_count(judge_stack: JudgeStack) -> None:
    inline = [{"name": "profile", "policy": json.dumps(allowing(INVOKE, PROFILE))}]
    gateway = make_resource(ROLE, "gateway", role(inlinePolicies=inline))
    rest = {"role": "gateway", "policy": json.dumps(allowing(INVOKE, MODELS))}
    models = make_resource("aws:iam/rolePolicy:RolePolicy", "models", rest)

    assert judge_stack(gateway, models) == []
    assert [name for name, _ in judge_stack(gateway)] == ["gateway"]


def test_boundary_grants_nothing_and_is_left_alone(judge_stack: JudgeStack) -> None:
    boundary = policy(allowing(INVOKE, PROFILE), "boundary")
    arn = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    gateway = make_resource(ROLE, "gateway", role(permissionsBoundary=arn))

    assert judge_stack(boundary, gateway) == []
