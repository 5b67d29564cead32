"""A user's access key."""

from typing import Any

import grpc
import pytest
from pulumi.provider.experimental.property_value import PropertyValue

from port_byollm.plugin.values import UNKNOWN, plain
from port_byollm_sandbox.aws_plugin.iam.access_key import ses_smtp_password

from .program import ACCESS_KEY, USER


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
