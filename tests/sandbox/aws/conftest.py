from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from port_byollm_sandbox.aws.server import AwsServer

ACCOUNT = "111122223333"
REGION = "eu-west-1"


@pytest.fixture
def server(aws: AwsServer) -> AwsServer:
    return aws


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    return boto3.Session("key", "secret", region_name=REGION)


@pytest.fixture(scope="session")
def clients(running_aws: AwsServer, session: boto3.Session) -> dict[str, Any]:
    config = Config(retries={"total_max_attempts": 1})
    return {
        name: session.client(name, endpoint_url=running_aws.endpoint_url, config=config)
        for name in ("iam", "sts", "bedrock", "secretsmanager")
    }


@pytest.fixture
def iam(server: AwsServer, clients: dict[str, Any]) -> Any:
    return clients["iam"]


@pytest.fixture
def bedrock(server: AwsServer, clients: dict[str, Any]) -> Any:
    return clients["bedrock"]


@pytest.fixture
def sts(server: AwsServer, clients: dict[str, Any]) -> Any:
    return clients["sts"]


@pytest.fixture
def secretsmanager(server: AwsServer, clients: dict[str, Any]) -> Any:
    return clients["secretsmanager"]


@pytest.fixture
def client_in(server: AwsServer, session: boto3.Session) -> Callable[[str], Any]:
    """Bedrock of another region."""
    return lambda region: session.client("bedrock", region, endpoint_url=server.endpoint_url)


@pytest.fixture
def elsewhere(client_in: Callable[[str], Any]) -> Any:
    return client_in("us-east-1")
