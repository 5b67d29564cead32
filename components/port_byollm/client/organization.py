"""The organisation that the credentials are of: `/v1/organization`."""

from pydantic import ValidationError

from port_byollm.client.errors import UnexpectedAnswer
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
            problem = "without an organisation's name"
            raise UnexpectedAnswer("GET", _PATH, 200, problem, "Port") from None
