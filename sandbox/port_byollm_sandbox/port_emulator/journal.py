"""The latest requests to Port's API, for the control plane to tell; kept as long as the process lives."""

from collections import deque
from collections.abc import Callable
from typing import Any

LENGTH = 100_000
"""So many of the latest are remembered."""


class Journal:
    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._requests: deque[tuple[str, str, int | None]] = deque(maxlen=LENGTH)

    def begin(self, method: str, path: str) -> Callable[[int | None], None]:
        """Writes the request down, given its status, or None where the connection was dropped. One that is
        answered after the journal was emptied is not part of what comes then."""
        requests = self._requests
        return lambda status: requests.append((method, path, status))

    def to_json(self) -> list[dict[str, Any]]:
        return [{"method": method, "path": path, "status": status} for method, path, status in self._requests]
