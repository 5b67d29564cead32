"""The latest requests to Port's API, for the control plane; kept in memory."""

from collections import deque
from collections.abc import Callable
from typing import Any

LENGTH = 100_000
"""The number of requests kept."""


class Journal:
    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._requests: deque[tuple[str, str, int | None]] = deque(maxlen=LENGTH)

    def begin(self, method: str, path: str) -> Callable[[int | None], None]:
        """Return a function that records the request with its status, None for a dropped connection.

        A request that is answered after the journal was cleared does not appear in the new journal.
        """
        requests = self._requests
        return lambda status: requests.append((method, path, status))

    def to_json(self) -> list[dict[str, Any]]:
        return [{"method": method, "path": path, "status": status} for method, path, status in self._requests]
