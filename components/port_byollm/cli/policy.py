"""`port-byollm policy`."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from port_byollm.cli.project import configuration_file
from port_byollm.cli.pulumi import prepare
from port_byollm.cli.stack import Stack, takes_stack
from port_byollm.errors import ConfigError, PortByollmError
from port_byollm.project import project_file

if TYPE_CHECKING:
    from port_byollm_policies.report.outcome import Outcome


@click.group
def command() -> None:
    """What the policy pack says about a stack."""


@command.command
@takes_stack
@click.option("--format", "form", type=click.Choice(["sarif", "junit"]), default="sarif", show_default=True)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; standard output without.",
)
@click.option(
    "--policy-pack",
    "pack",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The pack; `policies` beside the Pulumi.yaml without.",
)
@click.option(
    "--policy-pack-config",
    "settings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its configuration; `config/<stack>.json` of the pack without, where there is one.",
)
def report(stack: Stack, form: str, output: Path | None, pack: Path | None, settings: Path | None) -> None:
    """Preview the stack with the policy pack, and write what it finds for code review.

    Ends well only if the preview does and every mandatory rule holds. The report is written in any case in
    which the rules were asked.
    """
    project = project_file()
    if project is None:
        raise PortByollmError("there is no Pulumi.yaml here or above; run this in the project")
    pack = pack or project.parent / "policies"
    if not pack.is_dir():
        raise ConfigError("--policy-pack", f"there is no folder {pack}", "name the policy pack's folder")
    default = pack / "config" / f"{stack.name.rpartition('/')[2]}.json"
    settings = settings or (default if default.is_file() else None)
    try:
        from port_byollm_policies.report import junit, place, sarif
    except ImportError as error:
        raise PortByollmError(f"{error}; install port-byollm[policies]") from error

    outcome, resources = _preview(stack, pack, settings)
    places = place.Places(project.parent, stack.config_file or configuration_file(stack.name), resources)
    if form == "sarif":
        text = json.dumps(sarif.sarif(outcome, places), indent=2, ensure_ascii=False) + "\n"
    else:
        text = junit.junit(outcome, places)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
    _summarize(outcome)


def _preview(stack: Stack, pack: Path, settings: Path | None) -> "tuple[Outcome, list[dict[str, Any]]]":
    """What came of it, and the planned resources. Raises PortByollmError where no rule was asked."""
    from port_byollm_policies.report.outcome import read

    with tempfile.TemporaryDirectory(prefix="port-byollm-") as directory:
        log = Path(directory, "events")
        rules = ["--policy-pack", str(pack)]
        rules += ["--policy-pack-config", str(settings)] if settings else []
        configuration = ["--config-file", str(stack.config_file)] if stack.config_file else []
        flags = [
            "--stack",
            stack.name,
            *configuration,
            "--non-interactive",
            "--json",
            "--event-log",
            str(log),
        ]
        path, arguments, env = prepare(("preview", *flags, *rules))
        done = subprocess.run(
            [path, *arguments],
            env=env | {"PULUMI_DEBUG_COMMANDS": "true"},  # or the engine knows no --event-log
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    outcome = read(stack.name, events)
    said = (done.stderr or done.stdout).strip().removeprefix("error: ")
    if not (outcome.passed or outcome.findings or outcome.errors):
        raise PortByollmError(f"the rules were not asked about {stack.name}: {said}")
    if done.returncode != 0 and outcome.holds:
        outcome.errors.append(said)
    return outcome, _resources(done.stdout)


def _resources(printed: str) -> list[dict[str, Any]]:
    try:
        steps = json.loads(printed).get("steps") or []
    except ValueError:
        return []  # a preview that failed may print half of it
    return [step["newState"] for step in steps if step.get("newState")]


def _summarize(outcome: "Outcome") -> None:
    unknown = {finding.rule for finding in outcome.findings if finding.is_unknown}
    advised = {finding.rule for finding in outcome.findings} - unknown - {*outcome.broken}
    click.echo(f"{outcome.stack}: {len(outcome.passed)} rules hold.", err=True)
    for names, what in ((advised, "Advised against by"), (unknown, "To be decided by the update")):
        if names:
            click.echo(f"{what}: {', '.join(sorted(names))}", err=True)
    problems = [*outcome.errors]
    if outcome.broken:
        problems.append(f"mandatory rules do not hold: {', '.join(outcome.broken)}")
    if problems:
        raise PortByollmError("\n".join(problems))
