"""ARNs of what a Bedrock connection is made of.

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
    """Split an ARN; raises ValueError where `arn` is none."""
    prefix, *parts = arn.split(":", _ARN_FIELDS - 1)
    if prefix != "arn" or len(parts) != _ARN_FIELDS - 1 or not (parts[0] and parts[1] and parts[4]):
        raise ValueError(f"{arn!r} is not an ARN")
    return Arn(*parts)


def partition(region: str) -> str:
    """The partition of a region; that of the commercial regions for `""` and `*`."""
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws"


def inference_profile(region: str, account: str, profile_id: str) -> str:
    """`arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.claude-…`"""
    return str(Arn(partition(region), "bedrock", region, account, f"inference-profile/{profile_id}"))


def foundation_model(region: str, model_id: str) -> str:
    """`arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-…`; global profiles use no region."""
    return str(Arn(partition(region), "bedrock", region, "", f"foundation-model/{model_id}"))


def is_account(account: str) -> bool:
    return re.fullmatch(r"[0-9]{12}", account) is not None
