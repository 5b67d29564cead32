"""An AWS account that is asked, and what comes of a question that it does not answer."""

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
    """An AWS account as the credentials in use see it, from the region that Port is to call."""

    id: str
    region: str
    plan: Plan
    session: boto3.Session

    @cached_property
    def bedrock(self) -> Any:
        return self.client("bedrock")

    def client(self, service: str, region: str | None = None) -> Any:
        return self.session.client(service, region_name=region or self.region, config=QUICK)


def asked(subject: str, check: Callable[..., Iterator[Finding]], *about: object) -> Iterator[Finding]:
    """What `check` finds; what AWS did not answer is unknown."""
    try:
        yield from check(*about)
    except ClientError as error:
        denied = code(error) in _DENIED
        step = f"allow {error.operation_name} to these credentials, or ask somebody who has it"
        yield unknown(subject, said(error), step if denied else "run again later")
    except BotoCoreError as error:
        yield unknown(subject, said(error), "check the network and the region")


def code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def said(error: Exception) -> str:
    return " ".join(str(error).split())
