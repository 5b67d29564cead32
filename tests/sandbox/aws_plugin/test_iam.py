"""Whole lives of the IAM types: what the program says, what the engine keeps, what AWS holds."""

import json
from typing import Any

import grpc
import pytest
from pulumi.provider.experimental.property_value import PropertyValue

from port_byollm.plugin.values import UNKNOWN, plain, wrap
from port_byollm_sandbox.aws_plugin.iam import ses_smtp_password

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
INLINE = "aws:iam/rolePolicy:RolePolicy"
USER_INLINE = "aws:iam/userPolicy:UserPolicy"
USER = "aws:iam/user:User"
USER_ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
GATEWAY = "arn:aws:iam::185657066287:role/gateway"


def document(action: str | list[str] = "bedrock:InvokeModel", **statement: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [allowed | statement]}


def trust(external_id: Any = "id") -> dict[str, Any]:
    condition = {"StringEquals": {"sts:ExternalId": external_id}}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": GATEWAY}}
    return {"Version": "2012-10-17", "Statement": [statement | {"Condition": condition}]}


def kinds(diff: Any) -> dict[str, str]:
    return {key: type(d).Kind.Name(d.kind) for key, d in diff.detailedDiff.items()}


async def test_policy_life(engine: Any, iam: Any) -> None:
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document(), "tags": {"team": "a"}})
    arn = "arn:aws:iam::111122223333:policy/invoke"
    assert policy.id == arn
    expected = {"arn": arn, "name": "invoke", "path": "/", "description": "", "attachmentCount": 0}
    assert expected.items() <= policy.outputs.items()
    assert policy.outputs["tags"] == policy.outputs["tagsAll"] == {"team": "a"}
    assert isinstance(policy.outputs["policy"], str)
    assert not (await policy.diff()).diffs

    changed = await policy.diff(policy=document("bedrock:Converse*"))
    assert (list(changed.diffs), list(changed.replaces)) == (["policy"], [])
    for number in range(6):
        await policy.update(policy=document(f"bedrock:Get{number}"), tags={"team": "b"})
    assert len(iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 5
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v7"
    assert json.loads(policy.outputs["policy"]) == document("bedrock:Get5")
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "team", "Value": "b"}]

    await policy.delete()
    assert not await policy.refresh()
    await engine.delete(POLICY, arn, {})  # gone already


@pytest.mark.parametrize("change", [{"description": "other"}, {"path": "/x/"}, {"name": "other"}])
async def test_policy_is_replaced_for_what_aws_cannot_change(engine: Any, change: dict[str, str]) -> None:
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document()})
    diff = await policy.diff(**change)
    assert list(diff.replaces) == list(change)
    assert next(iter(kinds(diff).values())).endswith("_REPLACE")
    assert diff.deleteBeforeReplace == ("name" not in change)


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
    assert {key for key, value in outputs.items() if value is UNKNOWN} == {"arn", "createDate", "uniqueId"}
    assert outputs["tagsAll"] == {"a": "b"}
    assert iam.list_roles()["Roles"] == []


async def test_document_with_an_unknown_part_is_unknown(engine: Any) -> None:
    inputs = await engine.checked(POLICY, {"name": "invoke", "policy": document(Resource=UNKNOWN)})
    assert plain(inputs)["policy"] is UNKNOWN
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document()})
    assert list((await policy.diff(policy=document(Resource=UNKNOWN))).diffs) == ["policy"]


async def test_role_life(engine: Any, iam: Any) -> None:
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(document()))
    boundary_arn = boundary["Policy"]["Arn"]
    role = await engine.made(
        ROLE, {"name": "gateway", "assumeRolePolicy": trust(), "permissionsBoundary": boundary_arn}
    )
    assert role.id == "gateway"
    assert role.outputs["arn"] == "arn:aws:iam::111122223333:role/gateway"
    assert role.outputs["maxSessionDuration"] == 3600
    assert role.outputs["permissionsBoundary"] == boundary_arn
    assert not (await role.diff()).diffs

    changes = {
        "assumeRolePolicy": trust("other"),
        "description": "assumed by Port",
        "maxSessionDuration": 7200,
        "permissionsBoundary": None,
        "tags": {"team": "a"},
    }
    diff = await role.diff(**changes)
    assert set(diff.diffs) == set(changes)
    assert kinds(diff)["permissionsBoundary"] == "DELETE"
    assert not diff.replaces
    await role.update(**changes)
    found = iam.get_role(RoleName="gateway")["Role"]
    assert found["AssumeRolePolicyDocument"] == trust("other")
    assert (found["Description"], found["MaxSessionDuration"]) == ("assumed by Port", 7200)
    assert "PermissionsBoundary" not in found
    assert not (await role.diff()).diffs

    await role.update(tags=None, permissionsBoundary=boundary_arn)
    assert iam.list_role_tags(RoleName="gateway")["Tags"] == []
    assert list((await role.diff(path="/byollm/")).replaces) == ["path"]
    await role.delete()
    assert not await role.refresh()


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


async def test_removed_boundary_is_drift(engine: Any, iam: Any) -> None:
    arn = iam.create_policy(PolicyName="b", PolicyDocument=json.dumps(document()))["Policy"]["Arn"]
    role = await engine.made(
        ROLE, {"name": "gateway", "assumeRolePolicy": trust(), "permissionsBoundary": arn}
    )
    program = dict(role.inputs)
    iam.delete_role_permissions_boundary(RoleName="gateway")
    await role.refresh()
    assert list((await engine.diff(ROLE, role.id, role.wire, program)).diffs) == ["permissionsBoundary"]


async def test_secret_trust_document_stays_secret(engine: Any) -> None:
    external_id = wrap("CANARY", secret=True)
    role = await engine.made(ROLE, {"name": "gateway", "assumeRolePolicy": trust(external_id)})

    def is_safe(properties: dict[str, PropertyValue]) -> bool:
        return properties["assumeRolePolicy"].is_secret and not any(
            "CANARY" in str(value.value) for key, value in properties.items() if key != "assumeRolePolicy"
        )

    assert is_safe(role.inputs)
    assert is_safe(role.wire)
    await role.refresh()
    assert is_safe(role.inputs)
    assert is_safe(role.wire)
    await role.update(description="other")
    assert is_safe(role.wire)


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


async def test_imported_trust_policy_is_not_marked_just_as_by_the_real_plugin(engine: Any, iam: Any) -> None:
    iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=json.dumps(trust()))
    _, outputs, inputs = await engine.read(ROLE, "gateway")
    assert not outputs["assumeRolePolicy"].is_secret
    assert not inputs["assumeRolePolicy"].is_secret


async def test_attachment_life(engine: Any, iam: Any) -> None:
    role = await engine.made(ROLE, {"name": "gateway", "assumeRolePolicy": trust()})
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document()})
    attachment = await engine.made(ATTACHMENT, {"role": "gateway", "policyArn": policy.id})
    assert attachment.outputs == {"role": "gateway", "policyArn": policy.id}
    assert not (await attachment.diff()).diffs
    assert list((await attachment.diff(role="other")).replaces) == ["role"]
    unknown = await engine.diff(
        ATTACHMENT, attachment.id, attachment.wire, {**attachment.inputs, "policyArn": UNKNOWN}
    )
    assert list(unknown.replaces) == ["policyArn"]

    with pytest.raises(grpc.aio.AioRpcError, match="DeleteConflict: Cannot delete a policy attached"):
        await policy.delete()
    with pytest.raises(grpc.aio.AioRpcError, match="DeleteConflict"):
        await role.delete()
    iam.detach_role_policy(RoleName="gateway", PolicyArn=policy.id)
    assert not await attachment.refresh()
    await engine.delete(ATTACHMENT, f"gateway/{policy.id}", {})


async def test_role_is_detached_by_force_only_if_asked(engine: Any, iam: Any) -> None:
    role = await engine.made(
        ROLE, {"name": "gateway", "assumeRolePolicy": trust(), "forceDetachPolicies": True}
    )
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document()})
    await engine.made(ATTACHMENT, {"role": "gateway", "policyArn": policy.id})
    await engine.made(INLINE, {"role": "gateway", "name": "extra", "policy": document()})
    await role.delete()
    assert iam.list_roles()["Roles"] == []


@pytest.mark.parametrize(
    ("holder", "kind", "inputs", "inline_kind"),
    [("role", ROLE, {"assumeRolePolicy": trust()}, INLINE), ("user", USER, {}, USER_INLINE)],
    ids=["role", "user"],
)
async def test_inline_policy_life(
    engine: Any, iam: Any, holder: str, kind: str, inputs: dict[str, Any], inline_kind: str
) -> None:
    def asked(operation: str, **arguments: str) -> Any:
        return getattr(iam, operation)(**{f"{holder.title()}Name": "gateway"}, **arguments)

    await engine.made(kind, {"name": "gateway", **inputs})
    inline = await engine.made(inline_kind, {holder: "gateway", "name": "extra", "policy": document()})
    assert inline.id == "gateway:extra"
    assert not (await inline.diff()).diffs
    await inline.update(policy=document("bedrock:Converse"))
    found = asked(f"get_{holder}_policy", PolicyName="extra")["PolicyDocument"]
    assert found == document("bedrock:Converse")
    assert list((await inline.diff(name="other")).replaces) == ["name"]
    await inline.delete()
    assert asked(f"list_{holder}_policies")["PolicyNames"] == []
    assert not await inline.refresh()


async def test_user_life(engine: Any, iam: Any) -> None:
    arn = iam.create_policy(PolicyName="b", PolicyDocument=json.dumps(document()))["Policy"]["Arn"]
    user = await engine.made(USER, {"name": "keys", "permissionsBoundary": arn, "tags": {"team": "a"}})
    assert (user.id, user.outputs["arn"]) == ("keys", "arn:aws:iam::111122223333:user/keys")
    assert user.outputs["permissionsBoundary"] == arn
    assert user.outputs["uniqueId"]
    assert not (await user.diff()).diffs

    changes = {"path": "/byollm/", "permissionsBoundary": None, "tags": {"team": "b"}}
    diff = await user.diff(**changes)
    assert set(diff.diffs) == set(changes)
    assert not diff.replaces
    await user.update(**changes)
    found = iam.get_user(UserName="keys")["User"]
    assert (found["Path"], found["Tags"]) == ("/byollm/", [{"Key": "team", "Value": "b"}])
    assert "PermissionsBoundary" not in found
    await user.update(permissionsBoundary=arn, tags=None)
    assert user.outputs["permissionsBoundary"] == arn
    assert user.outputs["tags"] == {}
    assert list((await user.diff(name="other")).replaces) == ["name"]
    await user.delete()
    assert not await user.refresh()


async def test_policy_on_a_user_life(engine: Any, iam: Any) -> None:
    user = await engine.made(USER, {"name": "keys"})
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document()})
    attachment = await engine.made(USER_ATTACHMENT, {"user": "keys", "policyArn": policy.id})
    assert attachment.outputs == {"user": "keys", "policyArn": policy.id}
    assert list((await attachment.diff(user="other")).replaces) == ["user"]
    with pytest.raises(grpc.aio.AioRpcError, match="DeleteConflict"):
        await user.delete()
    await attachment.delete()
    assert iam.list_attached_user_policies(UserName="keys")["AttachedPolicies"] == []
    assert not await attachment.refresh()


async def test_access_key_life(engine: Any, iam: Any) -> None:
    await engine.made(USER, {"name": "keys"})
    key = await engine.made(ACCESS_KEY, {"user": "keys"})
    assert key.id.startswith("AKIA")
    assert key.outputs["status"] == "Active"
    secret = key.outputs["secret"]
    assert len(secret) == 40

    assert not (await key.diff()).diffs
    changed = await key.diff(status="Inactive")
    assert (list(changed.diffs), list(changed.replaces)) == (["status"], [])
    await key.update(status="Inactive")
    assert [k["Status"] for k in iam.list_access_keys(UserName="keys")["AccessKeyMetadata"]] == ["Inactive"]
    assert await key.refresh()
    assert (key.outputs["status"], key.outputs["secret"]) == ("Inactive", secret)
    assert list((await key.diff(user="other")).replaces) == ["user"]

    await key.delete()
    assert iam.list_access_keys(UserName="keys")["AccessKeyMetadata"] == []
    assert not await key.refresh()


async def test_access_key_can_begin_inactive(engine: Any) -> None:
    await engine.made(USER, {"name": "keys"})
    key = await engine.made(ACCESS_KEY, {"user": "keys", "status": "Inactive"})
    assert key.outputs["status"] == "Inactive"


async def test_user_takes_two_access_keys(engine: Any) -> None:
    await engine.made(USER, {"name": "keys"})
    for _ in range(2):
        await engine.made(ACCESS_KEY, {"user": "keys"})
    with pytest.raises(grpc.aio.AioRpcError, match="CreateAccessKey: LimitExceeded"):
        await engine.made(ACCESS_KEY, {"user": "keys"})


async def test_access_key_of_a_user_that_is_gone_is_gone(engine: Any) -> None:
    user = await engine.made(USER, {"name": "keys", "forceDestroy": True})
    key = await engine.made(ACCESS_KEY, {"user": "keys"})
    key_id = key.id
    await user.delete()
    assert not await key.refresh()
    await engine.delete(ACCESS_KEY, key_id, {"user": "keys"})


async def test_user_goes_with_its_keys_only_if_asked(engine: Any) -> None:
    user = await engine.made(USER, {"name": "keys"})
    await engine.made(ACCESS_KEY, {"user": "keys"})
    with pytest.raises(
        grpc.aio.AioRpcError, match="DeleteConflict: Cannot delete entity, must delete access"
    ):
        await user.delete()
    await user.update(forceDestroy=True)
    await user.delete()
    assert not await user.refresh()


async def test_secret_of_an_access_key_stays_secret(engine: Any) -> None:
    inputs = await engine.checked(ACCESS_KEY, {"user": "keys"})
    _, planned = await engine.create(ACCESS_KEY, inputs, preview=True)
    await engine.made(USER, {"name": "keys"})
    key = await engine.made(ACCESS_KEY, {"user": "keys"})

    def secrets(properties: dict[str, PropertyValue]) -> set[str]:
        return {name for name, value in properties.items() if value.is_secret}

    both = {"secret", "sesSmtpPasswordV4"}
    assert {name for name in both if plain(planned)[name] is UNKNOWN} == secrets(planned) == both
    assert secrets(key.wire) == both
    await key.update(status="Inactive")
    assert secrets(key.wire) == both
    await key.refresh()
    assert secrets(key.wire) == both


async def test_imported_access_key_has_no_secret(engine: Any) -> None:
    await engine.made(USER, {"name": "keys"})
    key = await engine.made(ACCESS_KEY, {"user": "keys"})
    found_id, outputs, inputs = await engine.read(ACCESS_KEY, key.id)
    assert (found_id, plain(inputs)) == (key.id, {"user": "keys"})
    assert set(outputs) == {"user", "status", "createDate"}


def test_password_for_smtp_follows_from_the_secret() -> None:
    # The value that the real plugin's source is tested with.
    assert (
        ses_smtp_password("some+secret+key", "eu-central-1") == "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"
    )


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
        ({"policy": "{not json"}, "policy", "is no JSON document"),
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
