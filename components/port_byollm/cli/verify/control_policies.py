"""The organization's service and resource control policies, as files.

A file has the policies attached to one level of the organization, from the root down to the account: one
policy or a list. A policy is its document, or the answer of `aws organizations describe-policy`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from port_byollm.cli.json_file import parse_json, read_json
from port_byollm.errors import ConfigError
from port_byollm.iam.documents import as_list
from port_byollm.proof import Policy

_FULL_ACCESS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def service_control_policies(files: Sequence[TextIO]) -> tuple[tuple[tuple[Policy, ...], ...], list[str]]:
    """Return the levels, and a note about each to which `FullAWSAccess` was added.

    A level without an Allow would deny everything. AWS attaches `FullAWSAccess` to every level unless
    somebody detaches it (Organizations User Guide, "SCP evaluation"), so files of denials often omit it.
    """
    levels, notes = [], []
    for number, policies in enumerate(map(_policies, files), 1):
        if not any(_allows(policy.document) for policy in policies):
            notes.append(
                f"No SCP of level {number} allows anything: FullAWSAccess is assumed to be attached."
            )
            policies = (Policy("FullAWSAccess", _FULL_ACCESS), *policies)
        levels.append(policies)
    return tuple(levels), notes


def resource_control_policies(files: Sequence[TextIO]) -> tuple[tuple[Policy, ...], ...]:
    """Return the levels. AWS always attaches `RCPFullAWSAccess`, so files may omit it."""
    return tuple(map(_policies, files))


def _policies(file: TextIO) -> tuple[Policy, ...]:
    given = read_json(file)
    policies = given if isinstance(given, list) else [given]
    return tuple(_policy(policy, Path(file.name).name, number) for number, policy in enumerate(policies, 1))


def _policy(given: Any, file: str, number: int) -> Policy:
    if isinstance(given, dict) and "Policy" in given:
        given = given["Policy"]
    if isinstance(given, dict) and "Content" in given:
        name = (given.get("PolicySummary") or {}).get("Name") or file
        return Policy(str(name), parse_json(str(given["Content"]), file))
    if not isinstance(given, dict) or "Statement" not in given:
        raise ConfigError(
            file,
            f"policy {number} is neither a document nor an answer of `aws organizations describe-policy`",
        )
    return Policy(file if number == 1 else f"{file} ({number})", given)


def _allows(document: Any) -> bool:
    statements = as_list(document["Statement"])
    return any(isinstance(one, dict) and one.get("Effect") == "Allow" for one in statements)
