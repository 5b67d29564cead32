"""Port in the sandbox, for tests."""

from contextlib import ExitStack
from functools import cached_property
from typing import Any

import httpx

from port_byollm_sandbox.errors import SandboxError
from port_byollm_sandbox.port_emulator.faults import CONTROL_PLANE
from port_byollm_sandbox.port_emulator.organizations import Credential
from port_byollm_sandbox.sandbox import Sandbox

TIMEOUT_SECONDS = 60.0


class PortSandbox:
    """The organization of a sandbox, and the emulator's control plane. `closing` closes the clients."""

    def __init__(self, sandbox: Sandbox, closing: ExitStack) -> None:
        self.base_url = sandbox.port_base_url
        """Without `/v1`."""
        self.region = sandbox.port_region
        self.admin_credential = sandbox.admin
        self.member_credential = sandbox.member
        self._closing = closing

    @cached_property
    def admin(self) -> httpx.Client:
        """A client with an administrator's token: `admin.get("/v1/llm-providers")`."""
        return self.client(self.admin_credential)

    @cached_property
    def member(self) -> httpx.Client:
        """A client with a member's token."""
        return self.client(self.member_credential)

    @cached_property
    def control(self) -> httpx.Client:
        """A client for the control plane, which needs no token: `control.patch("/settings", json=…)`."""
        return self._closing.enter_context(_client(f"{self.base_url}{CONTROL_PLANE}"))

    def client(self, credential: Credential) -> httpx.Client:
        """Return a client with a token for `credential`. Raises SandboxError if Port refuses it."""
        client = self._closing.enter_context(_client(self.base_url))
        token = _answer(client.post("/v1/auth/access_token", json=credential.to_json()))["accessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    def organization(self, name: str, region: str = "eu") -> dict[str, Credential]:
        """Add an organization in one of Port's regions; return its credentials by role, `admin` and `member`.

        `name` is its id. Raises SandboxError if it is taken.
        """
        organization = {"id": name, "portRegion": region}
        created = _answer(self.control.post("/organizations", json=organization))
        return {
            role: Credential(created[role]["clientId"], created[role]["clientSecret"])
            for role in ("admin", "member")
        }

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests to Port, oldest first, this object's token requests included.

        Shape: `{"method", "path", "status"}`.
        """
        requests: list[dict[str, Any]] = _answer(self.control.get("/requests"))["requests"]
        return requests

    def add_fault(self, path: str, **fault: Any) -> None:
        """Inject a fault into the next request to `path` (a pattern such as `/v1/*`): `status=503`,
        `drop="response"`, `latencySeconds=2`, `expireToken=True`, …, `times=3`, `method="PUT"`.

        docs/emulator-control.md lists all faults. Raises SandboxError for an unknown one.
        """
        _answer(self.control.post("/faults", json={"path": path, **fault}))

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that have not occurred yet."""
        faults: list[dict[str, Any]] = _answer(self.control.get("/faults"))["faults"]
        return faults

    def clear_faults(self) -> None:
        self.control.delete("/faults").raise_for_status()


def _client(base_url: str) -> httpx.Client:
    return httpx.Client(
        base_url=base_url,
        timeout=TIMEOUT_SECONDS,
        # An update between two requests takes so long that the emulator closes idle connections.
        limits=httpx.Limits(max_keepalive_connections=0),
        # Loopback needs neither a proxy nor the machine's certificates, which are slow to load.
        trust_env=False,
        verify=False,  # noqa: S501
    )


def _answer(answer: httpx.Response) -> dict[str, Any]:
    content: dict[str, Any] = answer.json()
    if answer.is_error:
        request = answer.request
        raise SandboxError(f"{request.method} {request.url.path}: {answer.status_code} {content['message']}")
    return content
