"""A user."""

import json
from typing import Any

import grpc
import pytest

from .program import ACCESS_KEY, USER, document


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
