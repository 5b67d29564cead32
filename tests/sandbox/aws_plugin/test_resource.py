"""What all types have in common, by those of IAM: names, documents, previews, drift, imports, errors."""

import json
from typing import Any

import grpc
import pytest

from port_byollm.plugin.values import UNKNOWN, plain, wrap

from .iam.program import ATTACHMENT, INLINE, POLICY, ROLE, USER, USER_ATTACHMENT, document, trust


async def test_made_up_names_are_kept_and_replaced_side_by_side(engine: Any) -> None:
    policy = await engine.made(POLICY, {"policy": document()})
    assert policy.outputs["name"].startswith("thing-")
    assert len(policy.outputs["name"]) == len("thing-") + 7
    assert not (await policy.diff()).diffs
    replaced = await policy.diff(description="other")
    assert list(replaced.replaces) == ["description"]
    assert not replaced.deleteBeforeReplace


async def test_name_prefix_is_known_only_after_creation(engine: Any) -> None:
    inputs = await engine.checked(POLICY, {"namePrefix": "byollm-", "policy": document()})
    _, planned = await engine.create(POLICY, inputs, preview=True)
    assert plain(planned)["name"] is UNKNOWN
    policy = await engine.made(POLICY, {"namePrefix": "byollm-", "policy": document()})
    assert policy.outputs["name"].startswith("byollm-")
    assert not (await policy.diff()).diffs


async def test_documents_are_compared_by_meaning(engine: Any) -> None:
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document(["a:B", "a:C"])})
    same = {"Statement": document(["a:C", "a:B"])["Statement"][0], "Version": "2012-10-17"}
    assert not (await policy.diff(policy=json.dumps(same, indent=2))).diffs
    assert list((await policy.diff(policy=document("a:B"))).diffs) == ["policy"]


async def test_preview_knows_nothing_that_aws_computes(engine: Any, iam: Any) -> None:
    inputs = await engine.checked(ROLE, {"name": "gateway", "assumeRolePolicy": trust(), "tags": {"a": "b"}})
    resource_id, planned = await engine.create(ROLE, inputs, preview=True)
    outputs = plain(planned)
    assert resource_id == ""
    made_up = {"arn", "createDate", "uniqueId", "inlinePolicies", "managedPolicyArns"}
    assert {key for key, value in outputs.items() if value is UNKNOWN} == made_up
    assert outputs["tagsAll"] == {"a": "b"}
    assert iam.list_roles()["Roles"] == []


async def test_document_with_an_unknown_part_is_unknown(engine: Any) -> None:
    inputs = await engine.checked(POLICY, {"name": "invoke", "policy": document(Resource=UNKNOWN)})
    assert plain(inputs)["policy"] is UNKNOWN
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document()})
    assert list((await policy.diff(policy=document(Resource=UNKNOWN))).diffs) == ["policy"]


async def test_refresh_finds_what_was_changed_behind_the_stack(engine: Any, iam: Any) -> None:
    role = await engine.made(ROLE, {"name": "gateway", "assumeRolePolicy": trust(), "description": "mine"})
    program = dict(role.inputs)
    assert await role.refresh()
    assert plain(role.inputs) == plain(program)

    iam.update_assume_role_policy(RoleName="gateway", PolicyDocument=json.dumps(trust("tampered")))
    iam.tag_role(RoleName="gateway", Tags=[{"Key": "by", "Value": "hand"}])
    await role.refresh()
    assert json.loads(role.outputs["assumeRolePolicy"]) == trust("tampered")
    assert plain(role.inputs)["tags"] == {"by": "hand"}
    diff = await engine.diff(ROLE, role.id, role.wire, program)
    assert set(diff.diffs) == {"assumeRolePolicy", "tags"}


async def test_refresh_notes_what_a_role_was_given_and_calls_it_no_change(engine: Any, iam: Any) -> None:
    role = await engine.made(ROLE, {"name": "gateway", "assumeRolePolicy": trust()})
    assert (role.outputs["inlinePolicies"], role.outputs["managedPolicyArns"]) == ([], [])
    program, text = dict(role.inputs), json.dumps(document(), separators=(",", ":"))
    arn = iam.create_policy(PolicyName="more", PolicyDocument=text)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="gateway", PolicyArn=arn)
    iam.put_role_policy(RoleName="gateway", PolicyName="extra", PolicyDocument=text)

    await role.refresh()

    assert role.outputs["inlinePolicies"] == [{"name": "extra", "policy": text}]
    assert role.outputs["managedPolicyArns"] == [arn]
    assert plain(role.inputs) == plain(program)
    assert not (await engine.diff(ROLE, role.id, role.wire, program)).diffs


@pytest.mark.parametrize(
    ("kind", "resource_id", "inputs"),
    [
        (POLICY, "arn:aws:iam::111122223333:policy/invoke", {"name": "invoke", "tags": {"a": "b"}}),
        (ROLE, "gateway", {"name": "gateway", "description": "d"}),
        (
            ATTACHMENT,
            "gateway/arn:aws:iam::111122223333:policy/invoke",
            {"role": "gateway", "policyArn": "arn:aws:iam::111122223333:policy/invoke"},
        ),
        (INLINE, "gateway:extra", {"role": "gateway", "name": "extra"}),
        (USER, "keys", {"name": "keys", "path": "/byollm/", "tags": {"a": "b"}}),
        (
            USER_ATTACHMENT,
            "keys/arn:aws:iam::111122223333:policy/invoke",
            {"user": "keys", "policyArn": "arn:aws:iam::111122223333:policy/invoke"},
        ),
    ],
)
async def test_import_gives_the_inputs_of_a_program(
    engine: Any, iam: Any, kind: str, resource_id: str, inputs: dict[str, Any]
) -> None:
    text = json.dumps(document(), separators=(",", ":"))
    trust_text = json.dumps(trust(), separators=(",", ":"))
    arn = iam.create_policy(PolicyName="invoke", PolicyDocument=text, Tags=[{"Key": "a", "Value": "b"}])
    iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=trust_text, Description="d")
    iam.attach_role_policy(RoleName="gateway", PolicyArn=arn["Policy"]["Arn"])
    iam.put_role_policy(RoleName="gateway", PolicyName="extra", PolicyDocument=text)
    iam.create_user(UserName="keys", Path="/byollm/", Tags=[{"Key": "a", "Value": "b"}])
    iam.attach_user_policy(UserName="keys", PolicyArn=arn["Policy"]["Arn"])

    documents = {POLICY: {"policy": text}, INLINE: {"policy": text}, ROLE: {"assumeRolePolicy": trust_text}}
    found_id, outputs, found = await engine.read(kind, resource_id)
    assert found_id == resource_id
    assert plain(found) == inputs | documents.get(kind, {})
    program = await engine.checked(kind, plain(found), found)
    assert not (await engine.diff(kind, resource_id, outputs, program)).diffs


async def test_name_that_is_taken_is_refused_as_aws_does(engine: Any) -> None:
    inputs = {"name": "gateway", "assumeRolePolicy": trust()}
    await engine.made(ROLE, inputs)
    with pytest.raises(grpc.aio.AioRpcError, match="EntityAlreadyExists: Role with name gateway"):
        await engine.made(ROLE, inputs)


async def test_name_made_from_a_long_resource_name_is_refused(engine: Any) -> None:
    response = await engine.check(ROLE, {"assumeRolePolicy": trust()}, name="x" * 57)
    assert [failure.property for failure in response.failures] == ["name"]
    assert "longer than 64 characters" in response.failures[0].reason


async def test_aws_says_why_on_one_line(engine: Any) -> None:
    inputs = await engine.checked(ROLE, {"name": "gateway", "assumeRolePolicy": document()})
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await engine.create(ROLE, inputs)
    details = error.value.details()
    assert details.startswith("port-byollm sandbox's aws plugin: CreateRole: MalformedPolicyDocument: ")
    assert "\n" not in details


@pytest.mark.parametrize(
    ("inputs", "prop", "reason"),
    [
        ({}, "policy", "required, but missing"),
        ({"policy": "{not json"}, "policy", "is not a JSON document"),
        ({"policy": document(), "name": "a", "namePrefix": "b"}, "namePrefix", "conflicts with name"),
        ({"policy": document(), "colour": "red"}, "colour", "which takes description, name"),
    ],
)
async def test_bad_inputs_fail_at_preview(
    engine: Any, inputs: dict[str, Any], prop: str, reason: str
) -> None:
    failures = {f.property: f.reason for f in (await engine.check(POLICY, inputs)).failures}
    assert reason in failures[prop]


async def test_failure_about_a_secret_does_not_name_its_property(engine: Any) -> None:
    response = await engine.check(POLICY, {"policy": wrap("{CANARY", secret=True)})
    assert [(f.property, "CANARY" in f.reason) for f in response.failures] == [("", False)]
