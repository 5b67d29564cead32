from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from port_byollm_sandbox.aws.server import AwsServer

ACCOUNT = "111122223333"
REGION = "eu-west-1"


@pytest.fixture(scope="session")
def running_server() -> Iterator[AwsServer]:
    server = AwsServer(ACCOUNT, REGION)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running_server: AwsServer) -> AwsServer:
    running_server.reset()
    return running_server


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    return boto3.Session("key", "secret", region_name=REGION)


@pytest.fixture(scope="session")
def clients(running_server: AwsServer, session: boto3.Session) -> dict[str, Any]:
    config = Config(retries={"total_max_attempts": 1})
    return {
        name: session.client(name, endpoint_url=running_server.endpoint_url, config=config)
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
