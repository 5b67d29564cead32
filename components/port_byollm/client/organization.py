"""The credentials' organization: `/v1/organization`."""

import secrets

from pydantic import ValidationError

from port_byollm.client.errors import AuthFailed, Forbidden, NotFound, UnexpectedAnswer
from port_byollm.client.http import Http
from port_byollm.client.wire import OrganizationInfo

_PATH = "/v1/organization"


class Organization:
    def __init__(self, http: Http) -> None:
        self._http = http

    async def get(self) -> OrganizationInfo:
        answer = await self._http.call("GET", _PATH)
        try:
            return OrganizationInfo.model_validate(answer.get("organization"))
        except ValidationError:
            problem = "without an organization's name"
            raise UnexpectedAnswer("GET", _PATH, 200, problem, "Port") from None

    async def is_managed_by_caller(self) -> bool:
        """Return whether the credentials are an administrator's; a member may only read.

        Port's API has no operation for this, so this deletes a secret that cannot exist: Port refuses a
        member, and finds nothing to delete for an administrator.
        """
        try:
            await self._http.call("DELETE", f"{_PATH}/secrets/port-byollm-{secrets.token_hex(16)}")
        except NotFound:
            pass
        except (Forbidden, AuthFailed):
            return False
        return True
