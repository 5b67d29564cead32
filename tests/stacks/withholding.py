"""Permissions that are withheld from a role while it is used, to see that each of them is needed."""

import os
import re
import subprocess
from collections.abc import Callable, Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from port_byollm.iam.evaluator import Request, evaluate

# `WITHHOLD_EVERY=1` withholds each permission; the default a sample of them, to keep the suite short.
EVERY = int(os.environ.get("WITHHOLD_EVERY", "12"))

Policy = Mapping[str, Any]
Verb = Callable[[], subprocess.CompletedProcess[str]]
"""A command that may be run again, and then goes on where it was refused."""


class Permission(NamedTuple):
    """An action, and the statement that allows it."""

    sid: str
    action: str


def permissions(policy: Policy) -> list[Permission]:
    return [
        Permission(statement["Sid"], action)
        for statement in policy["Statement"]
        for action in _list(statement["Action"])
    ]


def without(policy: Policy, withheld: Collection[Permission]) -> Policy:
    """The policy as it would be without these permissions."""
    statements = []
    for statement in policy["Statement"]:
        rest = [action for action in _list(statement["Action"]) if (statement["Sid"], action) not in withheld]
        statements += [{**statement, "Action": rest}] if rest else []
    return {**policy, "Statement": statements}


def refused_one_by_one(
    policy: Policy, caller: str, permit: Callable[[Policy], None], verbs: Iterable[Verb]
) -> list[Permission]:
    """Run the verbs as `caller`, whom `permit` permits what is not withheld; returns what was withheld.

    A verb fails for the first permission that it lacks, and its output names that one; what is withheld of
    those that come later makes no difference. That one is given, and the verb run again, until it is done. In
    the end nothing is withheld any more.
    """
    withheld = permissions(policy)[::EVERY]
    needed = []
    for verb in verbs:
        permit(without(policy, withheld))
        while (done := verb()).returncode:
            # Tables wrap their lines.
            output = " ".join((done.stdout + done.stderr).split())
            named = next((one for one in withheld if _is_named(one, policy, caller, output)), None)
            assert named, done.stdout + done.stderr
            needed.append(named)
            withheld.remove(named)
            permit(without(policy, withheld))
    assert withheld == []
    return needed


def spare(policy: Policy, asked: Collection[Request]) -> list[Permission]:
    """The permissions without any one of which everything that was asked would be allowed, too."""
    return [
        one
        for one in permissions(policy)
        if all(
            evaluate(request, identity_policies=[without(policy, [one])]).allowed
            for request in asked
            if request.action == one.action
        )
    ]


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value


def _is_named(permission: Permission, policy: Policy, caller: str, output: str) -> bool:
    """Whether the output says that the caller lacks it, and not the same action on another resource."""
    [statement] = [one for one in policy["Statement"] if one["Sid"] == permission.sid]
    refusal = f"User: {caller} is not authorized to perform: {permission.action} on resource: "
    return any(
        fnmatchcase(resource, pattern)
        for resource in re.findall(rf"{re.escape(refusal)}(\S+)", output)
        for pattern in _list(statement["Resource"])
    )
