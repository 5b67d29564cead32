"""`port-byollm audit`."""

from pathlib import Path

import click

from port_byollm.cli.group import Group
from port_byollm.cli.stack.stack import Stack, takes_stack

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Group)
def command() -> None:
    """Record an update, and check later that AWS still matches the record."""


@command.command
@takes_stack
@click.option(
    "--event-log", type=_FILE, required=True, help="The event log that `pulumi up --event-log` wrote."
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write. Its SHA-256 goes to <file>.sha256.",
)
def record(stack: Stack, event_log: Path, output: Path) -> None:
    """Write a record of an update: its sources, its changes and the resulting proof. Contains no secret."""
    from port_byollm.cli.audit.record import record_of
    from port_byollm.cli.audit.seal import write

    found = record_of(stack, event_log)
    write(output, found)
    click.echo(f"{output}: {found['update']['result']}, {len(found['documents'])} documents")


@command.command
@takes_stack
@click.argument("file", type=_FILE)
def verify(stack: Stack, file: Path) -> None:
    """Check that a record is unchanged, and that AWS still matches it."""
    from port_byollm.cli.audit.documents import differences, documents_of
    from port_byollm.cli.audit.seal import read
    from port_byollm.cli.verify.deployed import deployed
    from port_byollm.cli.verify.promise import Given
    from port_byollm.errors import PortByollmError

    recorded = read(file)
    if recorded["stack"] != stack.name:
        raise PortByollmError(f"{file} is about the stack {recorded['stack']}, not {stack.name}")
    found = documents_of(deployed(stack, Given()).identity)
    if problems := differences(recorded["documents"], found):
        raise PortByollmError("\n".join(problems))
    click.echo(f"{file} is unchanged, and so are the {len(found)} documents.")
