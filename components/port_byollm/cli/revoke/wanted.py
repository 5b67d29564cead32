"""Who is to be stopped, by name: as the configuration has it, else as the state does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from port_byollm import names
from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import Stack
from port_byollm.errors import PortByollmError
from port_byollm.iam import arns

_BY_NAME = "name who is to be stopped with --role NAME or --user NAME"
_ROLE, _USER = "$aws:iam/role:Role", "$aws:iam/user:User"
_GATEWAYS = {_ROLE: "port-byollm:index:GatewayRole", _USER: "port-byollm:index:GatewayUser"}
"""How the types of a resource end -> the component that makes it."""


@dataclass(frozen=True)
class Wanted:
    """Names of roles and users; `account` is where they are, as far as that is known."""

    roles: Sequence[str] = ()
    users: Sequence[str] = ()
    account: str | None = None


def wanted(stack: Stack, plan: Plan) -> Wanted:
    """Whom the stack makes. A program of one's own has no `byollm:bedrock`: then its state is read.

    Raises ConfigError where the stack's target does not hold, and PortByollmError where nothing tells.
    """
    if plan.sign_in is None:
        return _deployed(stack)
    default = names.identity(stack.name.rpartition("/")[2])
    # Both, because a stack that changes from one to the other has both for a while.
    return Wanted(
        [plan.sign_in.role.name or default],
        [plan.sign_in.access_keys.user_name or default],
        plan.target.aws_account_id if plan.target else None,
    )


def _deployed(stack: Stack) -> Wanted:
    unknown = f"the stack {stack.name} manages no byollm:bedrock by its configuration"
    try:
        resources = stack.resources()
    except PortByollmError as error:
        raise PortByollmError(f"{unknown}, and its state cannot be read ({error}); {_BY_NAME}") from error
    roles, users = (list(_made(resources, kind)) for kind in _GATEWAYS)
    if not roles and not users:
        raise PortByollmError(f"{unknown}, and its state has no role or user of Port's gateway; {_BY_NAME}")
    found = (one.get("outputs", {}).get("arn") for one in (*roles, *users))
    account = next((arns.parse(arn).account for arn in found if arn), None)
    return Wanted([one["id"] for one in roles], [one["id"] for one in users], account)


def _made(resources: Sequence[Mapping[str, Any]], kind: str) -> Iterator[Mapping[str, Any]]:
    """Those of a kind that are a gateway's: `urn:pulumi:<stack>::<project>::<types>::<name>`."""
    for one in resources:
        if one["urn"].split("::")[2].endswith(f"{_GATEWAYS[kind]}{kind}") and one.get("id"):
            yield one
