from pathlib import Path

import httpx
import pytest

from port_byollm_sandbox import http_server
from port_byollm_sandbox.port_emulator.app import Tenant, create_app
from port_byollm_sandbox.port_emulator.organizations import Credential, Organization, Role


@pytest.mark.parametrize("drop", ["request", "response"])
async def test_a_dropped_connection_gives_the_client_no_answer(tmp_path: Path, drop: str) -> None:
    credentials = {role: Credential(f"{role}-id", f"{role}-secret") for role in Role}
    app = create_app(tmp_path, Tenant(Organization("acme", "Acme", "eu"), credentials), "http://127.0.0.1:1")
    async with (
        http_server.serving(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        await client.post("/_emulator/faults", json={"path": "/v1/*", "drop": drop})
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await client.get("/v1/organization")
        assert (await client.get("/v1/organization")).status_code == 401
        journal = (await client.get("/_emulator/requests")).json()["requests"]
        assert [request["status"] for request in journal] == [None, 401]
