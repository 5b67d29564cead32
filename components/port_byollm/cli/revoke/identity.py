"""The role or user of Port's gateway in AWS, and the steps that stop it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

from port_byollm.cli.revoke.wanted import Wanted
from port_byollm.cli.stack.aws_credentials import sign_in
from port_byollm.cli.stack.plan import Plan
from port_byollm.errors import PortByollmError
from port_byollm.iam.revocation import POLICY_NAME, closed_trust, older_sessions_denied

_PROPAGATION = timedelta(minutes=1)
"""How long sessions may still be issued somewhere: IAM is eventually consistent."""


@dataclass(frozen=True)
class Identity(ABC):
    kind: ClassVar[str]

    name: str
    arn: str
    iam: Any = field(repr=False)
    """The boto3 client."""
    ahead: timedelta = timedelta(0)
    """How far AWS's clock is ahead of this machine's."""

    @property
    @abstractmethod
    def steps(self) -> Sequence[Callable[[], str]]:
        """What stops it, in order. Each step is idempotent, returns a description of its result, and raises
        botocore's errors."""

    def deny_older_sessions(self) -> str:
        moment = datetime.now(UTC) + self.ahead + _PROPAGATION
        put = getattr(self.iam, f"put_{self.kind}_policy")
        put(
            **{f"{self.kind.title()}Name": self.name},
            PolicyName=POLICY_NAME,
            PolicyDocument=older_sessions_denied(moment).to_json(),
        )
        return f"sessions issued before {moment:%Y-%m-%d %H:%M:%S} UTC are denied everything"


class Role(Identity):
    kind = "role"

    @property
    def steps(self) -> Sequence[Callable[[], str]]:
        return self.close_trust, self.deny_older_sessions

    def close_trust(self) -> str:
        self.iam.update_assume_role_policy(RoleName=self.name, PolicyDocument=closed_trust().to_json())
        return "nobody may assume it"


class User(Identity):
    """A user. Its keys may have created sessions (GetSessionToken), which outlive them."""

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


def identities(wanted: Wanted, plan: Plan) -> list[Identity]:
    """Return the wanted identities that exist in AWS, read with the profile and region of `plan`.

    Raises PortByollmError if the credentials are for another account, or no identity can be found.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    region, quick = plan.setting("aws:region"), Config(connect_timeout=5, read_timeout=15)
    try:
        session = boto3.Session(profile_name=plan.setting("aws:profile"), region_name=region)
        caller = session.client("sts", region_name=region or "us-east-1", config=quick).get_caller_identity()
        if wanted.account not in (None, caller["Account"]):
            raise PortByollmError(
                f"what is to be stopped is in the account {wanted.account}, but the AWS credentials in use "
                f"are {caller['Arn']} of {caller['Account']}; {sign_in(wanted.account)}"
            )
        answered = parsedate_to_datetime(caller["ResponseMetadata"]["HTTPHeaders"]["date"])
        iam = session.client("iam", region_name=region or "us-east-1", config=quick)
        found = list(_existing(iam, wanted, answered - datetime.now(UTC)))
    except (BotoCoreError, ClientError) as error:
        raise PortByollmError(
            f"AWS does not show what is to be stopped ({error}); {sign_in(wanted.account)}, with the "
            "permissions that docs/revoking.md lists"
        ) from error
    if not found:
        looked_for = [*(f"role {name}" for name in wanted.roles), *(f"user {name}" for name in wanted.users)]
        raise PortByollmError(
            f"the account {caller['Account']} has no {' and no '.join(looked_for)}, so there is nothing to "
            "revoke; if Port's gateway has another name, give --role NAME or --user NAME"
        )
    return found


def _existing(iam: Any, wanted: Wanted, ahead: timedelta) -> Iterator[Identity]:
    named = [*((Role, name) for name in wanted.roles), *((User, name) for name in wanted.users)]
    for identity, name in named:
        key, get = identity.kind.title(), getattr(iam, f"get_{identity.kind}")
        try:
            yield identity(name, get(**{f"{key}Name": name})[key]["Arn"], iam, ahead)
        except iam.exceptions.NoSuchEntityException:
            continue
