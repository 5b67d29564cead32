"""Access keys of a user that no state knows.

An interrupted update may have made such a key: AWS chooses its id, so that nobody can tell which one it is,
and tells its secret once, to a process that is gone. Or somebody else has made it, and uses it. It takes one
of the two places that a user has, and keeps the user from being deleted.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LAG = timedelta(days=1)
"""By when AWS has surely noted a key's first use; it promises no time, and hours are common."""


@dataclass(frozen=True)
class StrayKey:
    """`created` and `last_used` are aware; `last_used` is None while AWS has noted no use."""

    id: str
    user: str
    created: datetime
    last_used: datetime | None

    def is_unused(self, now: datetime, lag: timedelta = LAG) -> bool:
        """Whether nobody can be using it: AWS has noted no use, and it was made `lag` ago."""
        return self.last_used is None and now - self.created >= lag

    def delete(self, iam: Any) -> None:
        iam.delete_access_key(UserName=self.user, AccessKeyId=self.id)


def stray_keys(iam: Any, user: str, known: Collection[str]) -> list[StrayKey]:
    """The keys of `user` whose ids are not `known`; a user that is not there has none. `iam` is boto3's."""
    try:
        keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    except iam.exceptions.NoSuchEntityException:
        return []
    return [
        StrayKey(key["AccessKeyId"], user, key["CreateDate"], _last_used(iam, key["AccessKeyId"]))
        for key in keys
        if key["AccessKeyId"] not in known
    ]


def _last_used(iam: Any, key_id: str) -> datetime | None:
    answer: dict[str, Any] = iam.get_access_key_last_used(AccessKeyId=key_id)["AccessKeyLastUsed"]
    return answer.get("LastUsedDate")
