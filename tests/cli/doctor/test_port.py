"""Port's side, asked of the emulator."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from port_byollm.cli.doctor.finding import Finding, Verdict
from port_byollm.cli.doctor.port import check_port
from port_byollm.cli.stack.plan import Plan
from port_byollm.client.port import PortClient
from port_byollm_sandbox.port_emulator.app import Tenant, create_app
from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role

CREDENTIALS = {role: Credential(f"{role}-id", f"{role}-secret") for role in Role}
ROLE = {"region": "eu-west-1", "roleArn": "arn:aws:iam::111122223333:role/port"}


@pytest.fixture
async def clients(tmp_path: Path) -> AsyncIterator[Mapping[Role, PortClient]]:
    app = create_app(tmp_path, Tenant(Organization("acme", "Acme", "eu"), CREDENTIALS), "http://127.0.0.1:1")
    clients = {
        role: PortClient(
            "http://127.0.0.1",
            credential.client_id,
            credential.client_secret,
            transport=httpx.ASGITransport(app),
        )
        for role, credential in CREDENTIALS.items()
    }
    yield clients
    for client in clients.values():
        await client.close()


@pytest.fixture
def port(clients: Mapping[Role, PortClient]) -> PortClient:
    return clients[Role.ADMIN]


TARGET = {"awsAccountId": "111122223333", "portOrganization": "acme"}


async def found(port: PortClient, subject: str = "", **sections: Any) -> list[Finding]:
    plan = Plan({f"byollm:{name}": section for name, section in sections.items()})
    return [finding async for finding in check_port(plan, port) if subject in finding.subject]


async def test_says_whose_credentials_they_are(port: PortClient) -> None:
    credentials, permission = await found(port)

    assert (credentials.verdict, credentials.found) == (Verdict.OK, "of the organization Acme")
    assert (permission.verdict, permission.found) == (
        Verdict.OK,
        "the credentials are an administrator's",
    )


@pytest.mark.parametrize("name", ["acme", "Acme"])
async def test_the_target_is_an_organizations_id_or_name(port: PortClient, name: str) -> None:
    [finding] = await found(port, "Port credentials", target={**TARGET, "portOrganization": name})

    assert finding.verdict is Verdict.OK


async def test_another_organization_than_the_targets_is_a_problem(port: PortClient) -> None:
    [finding] = await found(port, "Port credentials", target={**TARGET, "portOrganization": "acme-dev"})

    assert finding.verdict is Verdict.PROBLEM
    assert "of the organization Acme, and byollm:target.portOrganization is acme-dev" in finding.found


async def test_a_member_is_a_problem(clients: Mapping[Role, PortClient]) -> None:
    [finding] = await found(clients[Role.MEMBER], "Port permission")

    assert finding.verdict is Verdict.PROBLEM
    assert "administrator's" in finding.next_step


async def test_wrong_credentials_are_a_problem_and_nothing_else_is_looked_at(tmp_path: Path) -> None:
    app = create_app(tmp_path, Tenant(Organization("acme", "Acme", "eu"), CREDENTIALS), "http://127.0.0.1:1")
    async with PortClient("http://127.0.0.1", "nobody", "wrong", transport=httpx.ASGITransport(app)) as port:
        [finding, rest] = await found(port)

    assert finding.verdict is Verdict.PROBLEM
    assert "does not accept the credentials" in finding.found
    assert (rest.verdict, rest.subject) == (Verdict.UNKNOWN, "everything else of Port")


async def test_a_secret_that_a_registration_names_and_that_is_gone_is_a_problem(port: PortClient) -> None:
    await port.secrets.create("the-external-id", "canary")
    await port.llm_providers.create("bedrock", ROLE | {"externalIdSecretName": "the-external-id"})

    [there] = await found(port, "secret of bedrock")
    await port.secrets.delete("the-external-id")
    [gone] = await found(port, "secret of bedrock")

    assert there.verdict is Verdict.OK
    assert gone.verdict is Verdict.PROBLEM
    assert "externalIdSecretName is the-external-id, which does not exist" in gone.found


async def test_a_key_that_is_to_be_a_port_secret_already(port: PortClient) -> None:
    [missing] = await found(port, "API key", openai={})
    await port.secrets.create("openai-api-key", "canary")
    [there] = await found(port, "API key", openai={})
    [elsewhere] = await found(port, "API key", openai={"apiKeySecretName": "other"})

    assert [each.verdict for each in (missing, there, elsewhere)] == [
        Verdict.PROBLEM,
        Verdict.OK,
        Verdict.PROBLEM,
    ]


async def test_a_key_from_the_environment(port: PortClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_KEY", "canary")
    [there] = await found(port, "API key", openai={"apiKeyEnv": "OPENAI_KEY"})
    monkeypatch.delenv("OPENAI_KEY")
    [missing] = await found(port, "API key", openai={"apiKeyEnv": "OPENAI_KEY"})

    assert (there.verdict, missing.verdict) == (Verdict.OK, Verdict.PROBLEM)
    assert "canary" not in there.found


async def test_nothing_is_changed(port: PortClient) -> None:
    await port.secrets.create("mine", "canary")
    before = await port.secrets.get("mine")

    await found(port, openai={}, anthropic={"apiKey": "[secret]"})

    assert await port.secrets.get("mine") == before
    assert await port.llm_providers.all() == []
