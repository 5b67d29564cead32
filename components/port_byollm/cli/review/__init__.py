"""`port-byollm review`."""

from pathlib import Path

import click

from port_byollm.cli.policy.rules import Rules, names_pack
from port_byollm.cli.stack.stack import Stack, takes_stack
from port_byollm.cli.verify.promise import Given


@click.command
@takes_stack
@names_pack
@click.option("--markdown", is_flag=True, help="Print it as a comment for a pull request.")
def command(stack: Stack, pack: Path | None, settings: Path | None, markdown: bool) -> None:
    """Say what an update would change about who may do what.

    Compares the roles and users of the stack's state with those of a preview, by what their documents permit;
    proves the connection that there would be; and asks the policy pack. No secret is printed.

    Exits with 0 where the proof and every mandatory rule hold, with 1 where one does not, and with 3 where
    something is unknown.
    """
    from port_byollm.cli.review.changes import changes
    from port_byollm.cli.review.markdown import to_markdown
    from port_byollm.cli.review.review import Review
    from port_byollm.cli.review.state import identities_of
    from port_byollm.cli.review.text import to_text
    from port_byollm.cli.verify.handover import watching
    from port_byollm.cli.verify.planned import evidence_of
    from port_byollm.proof import prove

    rules = Rules.of(stack, pack, settings)
    with watching(stack) as seen:
        asked = rules.preview(stack, seen.pack)
    planned = seen.planned(asked.outcome.errors)
    proof = None
    if planned.connection is not None:
        proof = prove(evidence_of(planned.connection, stack, Given()).subject((), ()))
    before = identities_of(stack.resources(show_secrets=True))
    found = Review(stack.name, changes(before, planned.identities), proof, asked.outcome, asked.steps)
    click.echo(to_markdown(found) if markdown else to_text(found))
    raise SystemExit(found.exit_status)
