"""A role."""

import json
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue

from port_byollm.plugin.values import wrap

from .program import ATTACHMENT, INLINE, POLICY, ROLE, document, trust


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
    boundary = diff.detailedDiff["permissionsBoundary"]
    assert type(boundary).Kind.Name(boundary.kind) == "DELETE"
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


async def test_role_is_detached_by_force_only_if_asked(engine: Any, iam: Any) -> None:
    role = await engine.made(
        ROLE, {"name": "gateway", "assumeRolePolicy": trust(), "forceDetachPolicies": True}
    )
    policy = await engine.made(POLICY, {"name": "invoke", "policy": document()})
    await engine.made(ATTACHMENT, {"role": "gateway", "policyArn": policy.id})
    await engine.made(INLINE, {"role": "gateway", "name": "extra", "policy": document()})
    await role.delete()
    assert iam.list_roles()["Roles"] == []


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


async def test_imported_trust_policy_is_not_marked_just_as_by_the_real_plugin(engine: Any, iam: Any) -> None:
    iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=json.dumps(trust()))
    _, outputs, inputs = await engine.read(ROLE, "gateway")
    assert not outputs["assumeRolePolicy"].is_secret
    assert not inputs["assumeRolePolicy"].is_secret
