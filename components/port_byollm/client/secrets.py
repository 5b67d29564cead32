"""Organization secrets: `/v1/organization/secrets`. Port never returns a secret's value."""

from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from port_byollm.client.errors import Conflict, NotFound, UnexpectedAnswer
from port_byollm.client.http import Http
from port_byollm.client.wire import SecretInfo

_PATH = "/v1/organization/secrets"


class Secrets:
    def __init__(self, http: Http) -> None:
        self._http = http

    async def get(self, name: str) -> SecretInfo | None:
        """Return the secret's metadata, or None if it does not exist."""
        try:
            answer = await self._http.call("GET", _path(name))
        except NotFound:
            return None
        fields = answer.get("secret")
        try:
            # The OpenAPI does not specify the fields.
            known = fields if isinstance(fields, dict) else {}
            return SecretInfo.model_validate({"secretName": name, **known})
        except ValidationError:
            raise UnexpectedAnswer("GET", _path(name), 200, "with an odd secret", "Port") from None

    async def create(self, name: str, value: str, description: str | None = None) -> None:
        """Create a secret. Raises Conflict if the name is taken.

        After a lost answer, the secret is looked up before the call is repeated. One with the same
        description is assumed to be this one, and its value is set.
        """
        body = {"secretName": name, "secretValue": value, **_optional(description)}

        async def find() -> dict[str, Any] | None:
            existing = await self.get(name)
            if existing is None:
                return None
            if description is None or existing.description != description:
                raise Conflict("POST", _PATH, 409, "", f"a secret {name} was created meanwhile")
            await self.update(name, value, description)
            return {}

        await self._http.once(lambda: self._http.call("POST", _PATH, body=body, secrets=[value]), find)

    async def update(self, name: str, value: str | None = None, description: str | None = None) -> None:
        """Set what is not None. Raises NotFound."""
        body = {**({} if value is None else {"secretValue": value}), **_optional(description)}
        await self._http.call("PATCH", _path(name), body=body, secrets=[] if value is None else [value])

    async def delete(self, name: str) -> None:
        """Delete the secret, if it exists."""
        try:
            await self._http.call("DELETE", _path(name))
        except NotFound:
            return


def _path(name: str) -> str:
    return f"{_PATH}/{quote(name, safe='')}"


def _optional(description: str | None) -> dict[str, str]:
    return {} if description is None else {"description": description}
