"""Whose AWS credentials they are, before anything is removed."""

from typing import TYPE_CHECKING

import grpc
import pytest

from .conftest import Plugin

if TYPE_CHECKING:
    from port_byollm_sandbox.aws.server import AwsServer


@pytest.fixture
def in_aws(aws: "AwsServer", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint_url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")


@pytest.mark.usefixtures("in_aws")
async def test_nothing_is_removed_with_credentials_of_another_account(plugin: Plugin) -> None:
    one = plugin.resource("Secret")
    await one.up({"secretName": "k", "secretValue": "canary"})
    await plugin.configure(awsAccountId="222233334444")
    plugin.port.calls.clear()
    with pytest.raises(grpc.aio.AioRpcError, match=r"AWS account 111122223333, .* for 222233334444"):
        await one.delete()
    assert plugin.port.calls == []
    await plugin.configure(awsAccountId="111122223333")
    await one.delete()
    assert plugin.port.methods == ["DELETE"]


async def test_nothing_is_removed_where_aws_does_not_tell(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = plugin.resource("Secret")
    await one.up({"secretName": "k", "secretValue": "canary"})
    await plugin.configure(awsAccountId="222233334444", awsProfile="nobody-has-this")
    with pytest.raises(grpc.aio.AioRpcError, match=r"credentials is unknown.*nobody-has-this"):
        await one.delete()
