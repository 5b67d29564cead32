"""The organization's remaining invocations of Port's own models: `/v1/quota/ai-invocations`."""

from pydantic import ValidationError

from port_byollm.client.errors import UnexpectedAnswer
from port_byollm.client.http import Http
from port_byollm.client.wire import InvocationQuota

_PATH = "/v1/quota/ai-invocations"


class Quota:
    def __init__(self, http: Http) -> None:
        self._http = http

    async def ai_invocations(self) -> InvocationQuota:
        """Return this month's quota, which does not limit the organization's own providers."""
        answer = await self._http.call("GET", _PATH)
        try:
            return InvocationQuota.model_validate(answer.get("monthlyQuotaUsage"))
        except ValidationError:
            raise UnexpectedAnswer("GET", _PATH, 200, "without the month's quota", "Port") from None
