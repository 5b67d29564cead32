"""The AWS account that the checks query, and how they report its errors."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from port_byollm.cli.doctor.finding import Finding, unknown
from port_byollm.cli.stack.plan import Plan

QUICK = Config(connect_timeout=5, read_timeout=15, retries={"max_attempts": 3})
NOT_FOUND = ("ResourceNotFoundException", "NoSuchEntity", "ValidationException")
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


@dataclass(frozen=True)
class Account:
    """An AWS account as the credentials in use see it, in the region in which Port calls Bedrock."""

    id: str
    region: str
    plan: Plan
    session: boto3.Session

    @cached_property
    def bedrock(self) -> Any:
        return self.client("bedrock")

    def client(self, service: str, region: str | None = None) -> Any:
        return self.session.client(service, region_name=region or self.region, config=QUICK)


def findings_of(subject: str, check: Callable[..., Iterator[Finding]], *about: object) -> Iterator[Finding]:
    """Yield the findings of `check`; an error from AWS becomes an unknown finding."""
    try:
        yield from check(*about)
    except ClientError as error:
        denied = code(error) in _DENIED
        step = f"allow {error.operation_name} to these credentials, or ask somebody who has it"
        yield unknown(subject, one_line(error), step if denied else "run again later")
    except BotoCoreError as error:
        yield unknown(subject, one_line(error), "check the network and the region")


def code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())
