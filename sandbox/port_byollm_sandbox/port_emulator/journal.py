"""The latest requests to Port's API, for the control plane to tell; kept as long as the process lives."""

from collections import deque
from typing import Any

LENGTH = 100_000
"""So many of the latest are remembered."""


class Journal:
    def __init__(self) -> None:
        self._requests: deque[tuple[str, str, int | None]] = deque(maxlen=LENGTH)

    def clear(self) -> None:
        self._requests.clear()

    def add(self, method: str, path: str, status: int | None) -> None:
        """The status is None where the connection was dropped."""
        self._requests.append((method, path, status))

    def to_json(self) -> list[dict[str, Any]]:
        return [{"method": method, "path": path, "status": status} for method, path, status in self._requests]
