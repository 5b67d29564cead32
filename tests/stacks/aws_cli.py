"""As much of AWS's command line as the documentation uses: `aws <service> <operation> --<parameter> …`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3


def main(service: str, operation: str, *arguments: str) -> None:
    client = boto3.client(service)
    name = operation.replace("-", "_")
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[name]).input_shape
    members = {member.lower(): (member, kind.type_name) for member, kind in shape.members.items()}
    given: dict[str, Any] = {}
    for flag, values in options(arguments):
        member, kind = members[flag.removeprefix("--").replace("-", "")]
        given[member] = values if kind == "list" else values[0]
    getattr(client, name)(**given)


def options(arguments: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Each option with its values."""
    found: list[tuple[str, list[str]]] = []
    for argument in arguments:
        if argument.startswith("--"):
            found.append((argument, []))
        elif argument.startswith("file://"):
            found[-1][1].append(Path(argument.removeprefix("file://")).read_text())
        else:
            found[-1][1].append(argument)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
