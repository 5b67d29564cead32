import pytest

from port_byollm_sandbox.aws.server import AwsServer

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def aws(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> AwsServer:
    """An empty AWS, which boto3 finds in the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return aws
