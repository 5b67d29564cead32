"""`port-byollm review`."""

from pathlib import Path

import click

from port_byollm.cli.policy.rules import Rules, names_pack
from port_byollm.cli.stack.stack import Stack, takes_stack
from port_byollm.cli.verify.promise import Given


@click.command
@takes_stack
@names_pack
@click.option("--markdown", is_flag=True, help="Print Markdown for a comment on a pull request.")
def command(stack: Stack, pack: Path | None, settings: Path | None, markdown: bool) -> None:
    """Show how an update would change who may do what.

    Compares what the roles and users in the stack's state may do with what those in a preview may do. Also
    proves the connection that the update would create, and runs the policy pack. Prints no secret.

    Exits with 0 if the proof and every mandatory rule hold, 1 if one does not, and 3 if something is unknown.
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
