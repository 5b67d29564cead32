import json
import stat
import sys
from pathlib import Path

import pytest

from port_byollm_sandbox.port_emulator.organizations import Credential
from port_byollm_sandbox.sandbox import Sandbox, UpstreamAccess


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(
        directory=tmp_path,
        pid=1,
        port_base_url="http://127.0.0.1:1",
        port_region="eu",
        admin=Credential("admin", "admins-secret"),
        member=Credential("member", "members-secret"),
        aws_endpoint_url="http://127.0.0.1:2",
        aws_region="eu-west-1",
        aws_account_id="111122223333",
        aws_plugin_address="127.0.0.1:3",
        upstreams={
            provider: UpstreamAccess(f"http://127.0.0.1:4/{provider}", f"key-of-{provider}")
            for provider in ("openai", "anthropic", "azure-openai")
        },
    )


def test_what_is_written_is_read_again_by_its_owner_alone(sandbox: Sandbox) -> None:
    assert Sandbox.read_state(sandbox.directory) is None
    sandbox.write_state()
    assert Sandbox.read_state(sandbox.directory) == sandbox
    [file] = sandbox.directory.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_status_json_hides_secrets_unless_asked(sandbox: Sandbox) -> None:
    shape = sandbox.to_json()
    assert shape == {
        "running": True,
        "port": {
            "baseUrl": sandbox.port_base_url,
            "region": "eu",
            "admin": {"clientId": sandbox.admin.client_id},
            "member": {"clientId": sandbox.member.client_id},
        },
        "aws": {
            "endpointUrl": sandbox.aws_endpoint_url,
            "region": "eu-west-1",
            "accountId": "111122223333",
        },
        "upstreams": {
            provider: {"baseUrl": sandbox.upstreams[provider].base_url}
            for provider in ("openai", "anthropic", "azure-openai")
        },
    }
    assert not sandbox.port_base_url.endswith("/v1")
    assert sandbox.to_json(show_secrets=True)["port"]["admin"] == sandbox.admin.to_json()
    key = sandbox.upstreams["openai"].api_key
    assert sandbox.to_json(show_secrets=True)["upstreams"]["openai"]["apiKey"] == key
    for secret in (sandbox.admin.client_secret, key):
        assert secret not in json.dumps(shape) + repr(sandbox)


def test_the_environment_is_the_sandboxes_own(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_PROFILE": "prod",
        "AWS_ENDPOINT_URL_IAM": "https://iam.amazonaws.com",
        "AWS_SESSION_TOKEN": "x",
        "PULUMI_BACKEND_URL": "s3://state",
        "PULUMI_ACCESS_TOKEN": "x",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "/x",
        "PORT_CLIENT_SECRET": "mine",
        "OPENAI_API_KEY": "mine",
        "no_proxy": "corp.example,localhost",
        "PATH": "/usr/bin",
    }.items():
        monkeypatch.setenv(name, value)
    environment = sandbox.environment()
    assert environment["PORT_CLIENT_SECRET"] == sandbox.admin.client_secret
    assert environment["OPENAI_API_KEY"] == sandbox.upstreams["openai"].api_key
    assert environment["AWS_ENDPOINT_URL"] == sandbox.aws_endpoint_url
    assert environment["PULUMI_BACKEND_URL"] == f"file://{sandbox.directory}/pulumi"
    assert environment["PULUMI_CONFIG_PASSPHRASE"] == "port-byollm-sandbox"
    assert environment["no_proxy"] == environment["NO_PROXY"] == "corp.example,localhost,127.0.0.1,::1"
    assert "PATH" not in environment
    assert environment["PULUMI_HOME"] == f"{sandbox.directory}/home"
    assert environment["PORT_BYOLLM_SANDBOX_PYTHON"] == sys.executable
    for name in (
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL_IAM",
        "AWS_SESSION_TOKEN",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
    ):
        assert name in environment
        assert environment[name] is None
