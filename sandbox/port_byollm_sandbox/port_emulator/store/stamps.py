"""When and by whom an entity was created and last changed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Self


@dataclass(frozen=True)
class Stamps:
    """Times are ISO 8601 in UTC, with milliseconds. `created_by` and `updated_by` are client ids."""

    created_at: str
    created_by: str
    updated_at: str
    updated_by: str

    @classmethod
    def from_row(cls, row: Row) -> Self:
        return cls(row["created_at"], row["created_by"], row["updated_at"], row["updated_by"])


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
