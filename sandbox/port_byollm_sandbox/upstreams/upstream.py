"""What a vendor's API accepts: keys, models, and a number of requests per minute."""

import hmac
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

WINDOW_SECONDS = 60.0

# Printable ASCII: nothing else can be sent as a key in an HTTP header.
ApiKey = Annotated[str, StringConstraints(min_length=1, pattern=r"^[!-~]*\z")]
Name = Annotated[str, StringConstraints(min_length=1)]


class Change(BaseModel):
    """A change by the control plane. Omitted fields stay as they are."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, alias_generator=to_camel
    )

    api_keys: list[ApiKey] = Field([], repr=False)
    models: list[Name] = []
    """For `azure-openai`, the ids of the deployments in every resource."""
    requests_per_minute: int | None = Field(None, ge=0)
    """None: unlimited."""

    @field_validator("api_keys", "models")
    @classmethod
    def _distinct(cls, values: list[str]) -> list[str]:
        if len(set(values)) < len(values):
            raise PydanticCustomError("repeated", "names one twice")
        return values


class Upstream:
    """One vendor's API: what it accepts, and the requests of the last minute."""

    def __init__(
        self, api_key: str, models: Sequence[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.api_key = api_key
        """The initial key."""
        self._initial_models = tuple(models)
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        self._api_keys: tuple[str, ...] = (self.api_key,)
        self.models: tuple[str, ...] = self._initial_models
        self.requests_per_minute: int | None = None
        self._served: deque[float] = deque()

    def change(self, change: Change) -> None:
        if "api_keys" in change.model_fields_set:
            self._api_keys = tuple(change.api_keys)
        if "models" in change.model_fields_set:
            self.models = tuple(change.models)
        if "requests_per_minute" in change.model_fields_set:
            self.requests_per_minute = change.requests_per_minute

    def to_json(self) -> dict[str, object]:
        """Return the state without the keys, which are never disclosed."""
        return {
            "apiKeys": len(self._api_keys),
            "models": list(self.models),
            "requestsPerMinute": self.requests_per_minute,
        }

    def accepts(self, api_key: str) -> bool:
        return any(hmac.compare_digest(accepted.encode(), api_key.encode()) for accepted in self._api_keys)

    def seconds_to_wait(self) -> int:
        """Return 0 and count the request if it may be served, else the seconds for `Retry-After`."""
        now = self._clock()
        while self._served and self._served[0] <= now - WINDOW_SECONDS:
            self._served.popleft()
        if self.requests_per_minute is not None and len(self._served) >= self.requests_per_minute:
            oldest = self._served[0] if self._served else now
            return math.ceil(oldest + WINDOW_SECONDS - now)
        self._served.append(now)
        return 0
