"""The names of the roles and users to stop, from the configuration or else from the state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from port_byollm import names
from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import Stack
from port_byollm.errors import PortByollmError
from port_byollm.iam import arns

_BY_NAME = "name what is to be stopped with --role NAME or --user NAME"
_ROLE, _USER = "$aws:iam/role:Role", "$aws:iam/user:User"
_GATEWAYS = {_ROLE: "port-byollm:index:GatewayRole", _USER: "port-byollm:index:GatewayUser"}
"""End of a resource's qualified type -> the component that creates it."""


@dataclass(frozen=True)
class Wanted:
    """Names of roles and users; `account` is theirs, or None if it is not known."""

    roles: Sequence[str] = ()
    users: Sequence[str] = ()
    account: str | None = None


def wanted(stack: Stack, plan: Plan) -> Wanted:
    """Return the roles and users that the stack creates; without `byollm:bedrock`, those in its state.

    Raises ConfigError if the stack's target is invalid, and PortByollmError if there is no source for names.
    """
    if plan.sign_in is None:
        return _deployed(stack)
    default = names.identity(stack.name.rpartition("/")[2])
    # A stack that switches from one to the other has both for a while.
    return Wanted(
        [plan.sign_in.role.name or default],
        [plan.sign_in.access_keys.user_name or default],
        plan.target.aws_account_id if plan.target else None,
    )


def _deployed(stack: Stack) -> Wanted:
    unknown = f"the configuration of the stack {stack.name} manages no byollm:bedrock"
    try:
        resources = stack.resources()
    except PortByollmError as error:
        raise PortByollmError(f"{unknown}, and its state cannot be read ({error}); {_BY_NAME}") from error
    roles, users = (list(_made(resources, kind)) for kind in _GATEWAYS)
    if not roles and not users:
        raise PortByollmError(f"{unknown}, and its state has no role or user of Port's gateway; {_BY_NAME}")
    found = (each.get("outputs", {}).get("arn") for each in (*roles, *users))
    account = next((arns.parse(arn).account for arn in found if arn), None)
    return Wanted([role["id"] for role in roles], [user["id"] for user in users], account)


def _made(resources: Sequence[Mapping[str, Any]], kind: str) -> Iterator[Mapping[str, Any]]:
    """Yield a gateway's resources of a type; a URN is `urn:pulumi:<stack>::<project>::<types>::<name>`."""
    for resource in resources:
        if resource["urn"].split("::")[2].endswith(f"{_GATEWAYS[kind]}{kind}") and resource.get("id"):
            yield resource
