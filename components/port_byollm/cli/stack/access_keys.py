"""Access keys of a user that are not in the stack's state.

An interrupted update may have created such a key: AWS chose its id and revealed its secret once, to a process
that is gone. Or somebody else created it and uses it. It occupies one of the user's two places for keys, and
prevents deleting the user.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LAG = timedelta(days=1)
"""The time after which AWS has surely recorded a first use. It promises none; hours are common."""


@dataclass(frozen=True)
class StrayKey:
    """`created` and `last_used` are aware; `last_used` is None if AWS has recorded no use."""

    id: str
    user: str
    created: datetime
    last_used: datetime | None

    def is_unused(self, now: datetime, lag: timedelta = LAG) -> bool:
        """Whether nobody can be using it: AWS has recorded no use, and it was created `lag` ago."""
        return self.last_used is None and now - self.created >= lag

    def delete(self, iam: Any) -> None:
        iam.delete_access_key(UserName=self.user, AccessKeyId=self.id)


def stray_keys(iam: Any, user: str, known: Collection[str]) -> list[StrayKey]:
    """Return the keys of `user` whose ids are not in `known`. `iam` is a boto3 client."""
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
