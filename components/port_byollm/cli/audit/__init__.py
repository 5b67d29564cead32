"""`port-byollm audit`."""

from pathlib import Path

import click

from port_byollm.cli.group import Group
from port_byollm.cli.stack.stack import Stack, takes_stack

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Group)
def command() -> None:
    """Keep a record of each update, and hold what is deployed against it."""


@command.command
@takes_stack
@click.option(
    "--event-log", type=_FILE, required=True, help="What `pulumi up --event-log` has written of the update."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write; its SHA-256 goes to the same name with .sha256.",
)
def record(stack: Stack, event_log: Path, output: Path) -> None:
    """Write what an update was made of, what it did, and what then holds. No secret is in it."""
    from port_byollm.cli.audit.record import record_of
    from port_byollm.cli.audit.seal import write

    found = record_of(stack, event_log)
    write(output, found)
    click.echo(f"{output}: {found['update']['result']}, {len(found['documents'])} documents")


@command.command
@takes_stack
@click.argument("file", type=_FILE)
def verify(stack: Stack, file: Path) -> None:
    """Say whether a record is unchanged, and what AWS has is still what it is about."""
    from port_byollm.cli.audit.documents import differences, documents_of
    from port_byollm.cli.audit.seal import read
    from port_byollm.cli.verify.deployed import deployed
    from port_byollm.cli.verify.promise import Given
    from port_byollm.errors import PortByollmError

    recorded = read(file)
    if recorded["stack"] != stack.name:
        raise PortByollmError(f"{file} is about the stack {recorded['stack']}, and not about {stack.name}")
    found = documents_of(deployed(stack, Given()).identity)
    if problems := differences(recorded["documents"], found):
        raise PortByollmError("\n".join(problems))
    click.echo(f"{file} is unchanged, and so are the {len(found)} documents.")
