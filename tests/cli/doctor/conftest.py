from collections.abc import Iterator

import pytest

from port_byollm_sandbox.aws.server import AwsServer

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture(scope="module")
def running_server() -> Iterator[AwsServer]:
    server = AwsServer(ACCOUNT, REGION)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def aws(running_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> AwsServer:
    """An empty AWS, which boto3 finds in the environment."""
    running_server.reset()
    monkeypatch.setenv("AWS_ENDPOINT_URL", running_server.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return running_server
