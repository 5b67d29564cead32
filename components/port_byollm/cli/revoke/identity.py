"""Who Port's gateway is in AWS, and what stops it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

from port_byollm.cli.plan import Plan
from port_byollm.cli.target import check_caller
from port_byollm.errors import PortByollmError
from port_byollm.iam.revocation import POLICY_NAME, closed_trust, older_sessions_denied

_PROPAGATION = timedelta(minutes=1)
"""For about so long may sessions still be issued somewhere: IAM is eventually consistent."""


@dataclass(frozen=True)
class Identity(ABC):
    kind: ClassVar[str]

    name: str
    arn: str
    iam: Any = field(repr=False)
    """boto3's client."""
    ahead: timedelta = timedelta(0)
    """By how much AWS's clock is ahead of this machine's."""

    @property
    @abstractmethod
    def steps(self) -> Sequence[Callable[[], str]]:
        """What stops it, in this order; each may be repeated, and says what is so then. They raise botocore's
        errors."""

    def deny_older_sessions(self) -> str:
        moment = datetime.now(UTC) + self.ahead + _PROPAGATION
        put = getattr(self.iam, f"put_{self.kind}_policy")
        put(
            **{f"{self.kind.title()}Name": self.name},
            PolicyName=POLICY_NAME,
            PolicyDocument=older_sessions_denied(moment).to_json(),
        )
        return f"sessions that were issued before {moment:%Y-%m-%d %H:%M:%S} UTC are denied everything"


class Role(Identity):
    kind = "role"

    @property
    def steps(self) -> Sequence[Callable[[], str]]:
        return self.close_trust, self.deny_older_sessions

    def close_trust(self) -> str:
        self.iam.update_assume_role_policy(RoleName=self.name, PolicyDocument=closed_trust().to_json())
        return "nobody may assume it"


class User(Identity):
    """Its keys may have been used for sessions (GetSessionToken), which outlive them."""

    kind = "user"

    @property
    def steps(self) -> Sequence[Callable[[], str]]:
        return self.deactivate_keys, self.deny_older_sessions

    def deactivate_keys(self) -> str:
        pages = self.iam.get_paginator("list_access_keys").paginate(UserName=self.name)
        keys = [key["AccessKeyId"] for page in pages for key in page["AccessKeyMetadata"]]
        for key in keys:
            self.iam.update_access_key(UserName=self.name, AccessKeyId=key, Status="Inactive")
        return f"its access keys are deactivated ({', '.join(keys) or 'it has none'})"


def identities(plan: Plan, stack: str) -> list[Identity]:
    """The role and the user of a stack by their names in its configuration, each if AWS has it.

    Both, because a stack that changes from one to the other has both for a while.

    Raises ConfigError where the credentials are not of the stack's account, and PortByollmError where AWS
    shows neither of them.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    region, quick = plan.setting("aws:region"), Config(connect_timeout=5, read_timeout=15)
    try:
        session = boto3.Session(profile_name=plan.setting("aws:profile"), region_name=region)
        caller = session.client("sts", region_name=region or "us-east-1", config=quick).get_caller_identity()
        check_caller(plan.config, caller["Account"], caller["Arn"])
        answered = parsedate_to_datetime(caller["ResponseMetadata"]["HTTPHeaders"]["date"])
        iam = session.client("iam", region_name=region or "us-east-1", config=quick)
        found = list(_existing(iam, plan, f"port-byollm-{stack}", answered - datetime.now(UTC)))
    except (BotoCoreError, ClientError) as error:
        raise PortByollmError(f"AWS does not show who is to be stopped: {error}") from error
    if not found:
        raise PortByollmError(
            f"the account {caller['Account']} has neither role nor user of the stack {stack}, so that "
            "there is nothing to revoke"
        )
    return found


def _existing(iam: Any, plan: Plan, default: str, ahead: timedelta) -> Iterator[Identity]:
    names = {
        Role: plan.section("bedrock", "role").get("name"),
        User: plan.section("bedrock", "accessKeys").get("userName"),
    }
    for identity, configured in names.items():
        name = str(configured or default)
        key, get = identity.kind.title(), getattr(iam, f"get_{identity.kind}")
        try:
            yield identity(name, get(**{f"{key}Name": name})[key]["Arn"], iam, ahead)
        except iam.exceptions.NoSuchEntityException:
            continue
