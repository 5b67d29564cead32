"""A managed policy on a role or a user."""

from typing import Any

import grpc
import pytest

from port_byollm.plugin.values import UNKNOWN

from .program import ATTACHMENT, POLICY, ROLE, USER, USER_ATTACHMENT, document, trust


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
