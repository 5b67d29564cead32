"""What the contract is tested against: the emulator, or a real organization that is there to be written to.

    PORT_CONTRACT_BASE_URL        https://api.port.io, or wherever the organization lives
    PORT_CONTRACT_CLIENT_ID       credentials of one of its administrators
    PORT_CONTRACT_CLIENT_SECRET
    PORT_CONTRACT_ALLOW_LIST      a file to read in place of `allowed-organizations.txt`

The suite deletes every secret and every LLM provider that it finds, so an organization must be on the allow
list, by its id, before anything is written to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import requests

ALLOW_LIST = Path(__file__).with_name("allowed-organizations.txt")
VARIABLES = ("PORT_CONTRACT_BASE_URL", "PORT_CONTRACT_CLIENT_ID", "PORT_CONTRACT_CLIENT_SECRET")
LOOPBACK = ("127.0.0.1", "localhost")
TIMEOUT_SECONDS = 60.0


class RefusedError(Exception):
    """The suite will not touch this organization; the text says why and what would change that."""


@dataclass(frozen=True)
class Target:
    """An organization of Port's, by the base URL (without `/v1`) and an administrator's token.

    `is_emulator`: it has a control plane, and members and faults are to be had.
    """

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    token: str = field(repr=False)
    is_emulator: bool = False

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @cached_property
    def client(self) -> httpx.Client:
        """One for all tests: making it reads the machine's certificates."""
        return httpx.Client(
            base_url=self.base_url,
            headers=self.authorization,
            timeout=TIMEOUT_SECONDS,
            transport=httpx.HTTPTransport(retries=2),
        )

    @cached_property
    def session(self) -> requests.Session:
        """The same for schemathesis."""
        session = requests.Session()
        session.headers.update(self.authorization)
        return session

    def close(self) -> None:
        self.client.close()
        self.session.close()

    def empty(self) -> None:
        """Delete every LLM provider and every secret."""
        for provider in self.client.get("/v1/llm-providers").json()["result"]:
            if provider["provider"] != "port":
                self.client.delete(f"/v1/llm-providers/{provider['provider']}")
        for secret in self.client.get("/v1/organization/secrets").json()["secrets"]:
            self.client.delete(f"/v1/organization/secrets/{quote(secret['secretName'], safe='')}")


def log_in(base_url: str, client_id: str, client_secret: str, is_emulator: bool = False) -> Target:
    """Raises httpx.HTTPStatusError where Port refuses the credentials."""
    credential = {"clientId": client_id, "clientSecret": client_secret}
    answer = httpx.post(f"{base_url}/v1/auth/access_token", json=credential, timeout=TIMEOUT_SECONDS)
    token = answer.raise_for_status().json()["accessToken"]
    return Target(base_url, client_id, client_secret, token, is_emulator)


def real(environ: Mapping[str, str]) -> Target | None:
    """The organization that the environment names; None where it names none.

    Raises RefusedError for half of the variables, a base URL in the clear, and an organization that is not on
    the allow list. It is asked for its id before that, and nothing is written.
    """
    values = [environ.get(name, "") for name in VARIABLES]
    if not any(values):
        return None
    if not all(values):
        missing = ", ".join(name for name, value in zip(VARIABLES, values, strict=True) if not value)
        raise RefusedError(f"{missing} is not set, and belongs to the variables that are")
    base_url, client_id, client_secret = values
    url = urlsplit(base_url)
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        raise RefusedError(
            f"PORT_CONTRACT_BASE_URL {base_url} would send credentials in the clear; use https"
        )
    target = log_in(base_url.rstrip("/"), client_id, client_secret)
    organization = target.client.get("/v1/organization").raise_for_status().json()["organization"]["id"]
    allow_list = Path(environ.get("PORT_CONTRACT_ALLOW_LIST") or ALLOW_LIST)
    if organization not in allowed(allow_list):
        target.close()
        raise RefusedError(
            f"organization {organization!r} is not in {allow_list}: this suite deletes its secrets and LLM"
            " providers; add the id there if all of them may go"
        )
    return target


def allowed(allow_list: Path) -> set[str]:
    """The ids in an allow list: one in a line, `#` begins a comment."""
    lines = (line.partition("#")[0].strip() for line in allow_list.read_text().splitlines())
    return {line for line in lines if line}
