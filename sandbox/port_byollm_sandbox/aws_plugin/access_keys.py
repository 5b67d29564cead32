"""Access keys whose creation was interrupted: AWS chooses their ids, so no state can be told of them."""

from collections.abc import Collection

from port_byollm_sandbox.aws_plugin.session import Clients, Credentials


def delete_unrecorded(endpoint_url: str, region: str, user: str, recorded: Collection[str]) -> list[str]:
    """Deletes the keys of `user` that an interrupted update left behind; returns their ids.

    Those are the keys that the state does not know (`recorded`: the ids that it does) and nobody has used:
    AWS tells a key's secret once, and here it told a process that is dead. They would count against the two
    that a user may have, and keep the user from being deleted. A user that is not there has none.
    """
    iam = Clients().get("iam", region, endpoint_url, Credentials())
    try:
        keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    except iam.exceptions.NoSuchEntityException:
        return []
    unrecorded = [key["AccessKeyId"] for key in keys if key["AccessKeyId"] not in recorded]
    unused = [
        key_id
        for key_id in unrecorded
        if "LastUsedDate" not in iam.get_access_key_last_used(AccessKeyId=key_id)["AccessKeyLastUsed"]
    ]
    for key_id in unused:
        iam.delete_access_key(UserName=user, AccessKeyId=key_id)
    return unused
