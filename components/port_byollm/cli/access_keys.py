"""Access keys that an interrupted update has made and could not note down.

AWS chooses a key's id, so that nobody can tell which one it is, and tells its secret once: to a process that
is gone. Such a key takes one of the two places that a user has, and keeps the user from being deleted.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any


def delete_strays(iam: Any, user: str, known: Collection[str]) -> tuple[list[str], dict[str, datetime]]:
    """Delete the keys of `user` whose ids are not `known` and that were never used; a user that is not there
    has none. `iam` is boto3's client.

    Returns the ids of those deleted; and of those that stay, because somebody has them, when they were used
    last.
    """
    try:
        keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    except iam.exceptions.NoSuchEntityException:
        return [], {}
    deleted, used = [], {}
    for key_id in (key["AccessKeyId"] for key in keys if key["AccessKeyId"] not in known):
        last_used = iam.get_access_key_last_used(AccessKeyId=key_id)["AccessKeyLastUsed"]
        if "LastUsedDate" in last_used:
            used[key_id] = last_used["LastUsedDate"]
        else:
            iam.delete_access_key(UserName=user, AccessKeyId=key_id)
            deleted.append(key_id)
    return deleted, used
