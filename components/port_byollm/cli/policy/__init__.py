"""`port-byollm policy`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from port_byollm.cli.group import Group
from port_byollm.cli.policy.rules import Rules, names_pack
from port_byollm.cli.stack.project import configuration_file
from port_byollm.cli.stack.stack import Stack, takes_stack
from port_byollm.errors import PortByollmError

if TYPE_CHECKING:
    from port_byollm_policies.report.outcome import Outcome


@click.group(cls=Group)
def command() -> None:
    """Report the policy pack's findings for code review."""


@command.command
@takes_stack
@click.option("--format", "form", type=click.Choice(["sarif", "junit"]), default="sarif", show_default=True)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write. Default: standard output.",
)
@names_pack
def report(stack: Stack, form: str, output: Path | None, pack: Path | None, settings: Path | None) -> None:
    """Preview the stack with the policy pack, and write the findings for code review.

    Exits with 0 only if the preview succeeds and every mandatory rule holds. Writes the report whenever the
    rules were evaluated.
    """
    rules = Rules.of(stack, pack, settings)
    try:
        from port_byollm_policies.report import junit, place, sarif
    except ImportError as error:
        raise PortByollmError(f"{error}; install port-byollm[policies]") from error

    found = rules.preview(stack)
    outcome = found.outcome
    configuration = stack.config_file or configuration_file(stack.name)
    places = place.Places(rules.project, configuration, found.resources)
    if form == "sarif":
        text = json.dumps(sarif.sarif(outcome, places), indent=2, ensure_ascii=False) + "\n"
    else:
        text = junit.junit(outcome, places)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
    _summarize(outcome)


def _summarize(outcome: "Outcome") -> None:
    unknown = {finding.rule for finding in outcome.findings if finding.is_unknown}
    advised = {finding.rule for finding in outcome.findings} - unknown - {*outcome.broken}
    click.echo(f"{outcome.stack}: {len(outcome.passed)} rules hold.", err=True)
    for names, what in ((advised, "Advised against by"), (unknown, "Undecided until the update")):
        if names:
            click.echo(f"{what}: {', '.join(sorted(names))}", err=True)
    problems = [*outcome.errors]
    if outcome.broken:
        problems.append(f"mandatory rules do not hold: {', '.join(outcome.broken)}")
    if problems:
        raise PortByollmError("\n".join(problems))
