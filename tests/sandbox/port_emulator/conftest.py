from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from starlette.applications import Starlette

from port_byollm_sandbox.aws.server import AwsServer
from port_byollm_sandbox.port_emulator.app import Tenant, create_app
from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role
from port_byollm_sandbox.upstreams.server import Upstreams

from .bedrock import REGION

ORIGIN = "http://127.0.0.1"
CREDENTIALS = {role: Credential(f"{role}-id", f"{role}-secret") for role in Role}


@pytest.fixture
def aws_endpoint_url() -> str:
    return "http://127.0.0.1:1"  # nothing listens: only tests of connections have an AWS


@pytest.fixture(scope="session")
def iam_client(running_aws: AwsServer) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client("iam", region_name=REGION, endpoint_url=running_aws.endpoint_url, **keys)


@pytest.fixture
def iam(aws: AwsServer, iam_client: Any) -> Any:
    return iam_client


@pytest.fixture
def upstreams() -> Upstreams:
    return Upstreams()  # nothing listens: only tests of connections serve them


@pytest.fixture
def app(tmp_path: Path, aws_endpoint_url: str, upstreams: Upstreams) -> Starlette:
    tenant = Tenant(Organization("acme", "Acme", "eu"), CREDENTIALS)
    return create_app(tmp_path, tenant, aws_endpoint_url, upstreams)


@pytest.fixture
async def anonymous(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        yield client


@pytest.fixture
async def log_in(
    app: Starlette, anonymous: httpx.AsyncClient
) -> AsyncIterator[Callable[[Credential], Awaitable[httpx.AsyncClient]]]:
    clients = []

    async def log_in(credential: Credential) -> httpx.AsyncClient:
        answer = await anonymous.post("/v1/auth/access_token", json=credential.to_json())
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=ORIGIN,
            headers={"Authorization": f"Bearer {answer.json()['accessToken']}"},
        )
        clients.append(client)
        return client

    yield log_in
    for client in clients:
        await client.aclose()


@pytest.fixture
async def admin(log_in: Callable[[Credential], Awaitable[httpx.AsyncClient]]) -> httpx.AsyncClient:
    return await log_in(CREDENTIALS[Role.ADMIN])


@pytest.fixture
async def member(log_in: Callable[[Credential], Awaitable[httpx.AsyncClient]]) -> httpx.AsyncClient:
    return await log_in(CREDENTIALS[Role.MEMBER])
