"""Port's API as one object."""

from typing import Any

from port_byollm.client.http import Http
from port_byollm.client.llm_providers import LlmProviders
from port_byollm.client.organization import Organization
from port_byollm.client.quota import Quota
from port_byollm.client.secrets import Secrets


class PortClient:
    """`async with PortClient(base_url, client_id, client_secret) as port: await port.secrets.get("name")`.

    `base_url` is without `/v1`. `options` are those of `Http`: an httpx `transport` (for tests), `sleep` and
    `clock`. Raises ConfigError for an invalid base URL; every call can raise `PortError`.
    """

    def __init__(self, base_url: str, client_id: str, client_secret: str, **options: Any) -> None:
        self._http = Http(base_url, client_id, client_secret, **options)
        self.organization = Organization(self._http)
        self.secrets = Secrets(self._http)
        self.llm_providers = LlmProviders(self._http)
        self.quota = Quota(self._http)

    def __repr__(self) -> str:
        return f"PortClient({self._http!r})"

    async def __aenter__(self) -> "PortClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.close()
