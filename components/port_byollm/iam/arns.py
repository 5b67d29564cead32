"""The ARNs of a Bedrock connection.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
"""

import re
from typing import NamedTuple

_ARN_FIELDS = 6


class Arn(NamedTuple):
    """The parts of `arn:<partition>:<service>:<region>:<account>:<resource>`."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return ":".join(("arn", *self))


def parse(arn: str) -> Arn:
    """Split an ARN. Raises ValueError if `arn` is not one."""
    prefix, *parts = arn.split(":", _ARN_FIELDS - 1)
    if prefix != "arn" or len(parts) != _ARN_FIELDS - 1 or not (parts[0] and parts[1] and parts[4]):
        raise ValueError(f"{arn!r} is not an ARN")
    return Arn(*parts)


def partition(region: str) -> str:
    """Return the partition of a region; `aws` for `""` and `*`."""
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"


def inference_profile(region: str, account: str, profile_id: str) -> str:
    """Return `arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.claude-…`."""
    return str(Arn(partition(region), "bedrock", region, account, f"inference-profile/{profile_id}"))


def foundation_model(region: str, model_id: str) -> str:
    """Return `arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-…`.

    `region` is empty for global profiles.
    """
    return str(Arn(partition(region), "bedrock", region, "", f"foundation-model/{model_id}"))


def is_account(account: str) -> bool:
    return re.fullmatch(r"[0-9]{12}", account) is not None
