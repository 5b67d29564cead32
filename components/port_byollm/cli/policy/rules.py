"""The policy pack that checks a project's stacks."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from port_byollm.cli.pulumi import prepare
from port_byollm.cli.stack.local_state import NAME as SANDBOX
from port_byollm.cli.stack.stack import Stack
from port_byollm.errors import ConfigError, PortByollmError
from port_byollm.project import project_file

if TYPE_CHECKING:
    from port_byollm_policies.report.outcome import Outcome


@dataclass(frozen=True)
class Asked:
    """The result of a preview with the rules."""

    outcome: "Outcome"
    steps: Sequence[dict[str, Any]]
    """As in `pulumi preview --json`; empty if the preview failed."""

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources that would exist after the update."""
        return [step["newState"] for step in self.steps if step.get("newState")]


@dataclass(frozen=True)
class Rules:
    project: Path
    """The folder of Pulumi.yaml."""
    pack: Path
    settings: Path | None

    @classmethod
    def of(cls, stack: Stack, pack: Path | None = None, settings: Path | None = None) -> Self:
        """Find the pack (default: `policies` beside Pulumi.yaml) and its settings (`config/<stack>.json`).

        Raises ConfigError if there is no such folder, or no such file (except for `local`, for which rules
        may be advisory), and PortByollmError outside a project.
        """
        project = project_file()
        if project is None:
            raise PortByollmError("there is no Pulumi.yaml here or above; run this in the project")
        pack = pack or project.parent / "policies"
        if not pack.is_dir():
            raise ConfigError("--policy-pack", f"there is no folder {pack}", "name the policy pack's folder")
        name = stack.name.rpartition("/")[2]
        default = pack / "config" / f"{name}.json"
        if settings is None and default.is_file():
            settings = default
        if settings is None and name != SANDBOX:
            raise ConfigError(
                "--policy-pack-config",
                f"there is no {default}, and without it every rule of the pack is advisory",
                'write it ({"all": "advisory"} if that is what you want), or name another file',
            )
        return cls(project.parent, pack, settings)

    def preview(self, stack: Stack, *others: Path) -> Asked:
        """Preview with this pack and `others`. Raises PortByollmError if no rule was evaluated."""
        try:
            from port_byollm_policies.report.outcome import read
        except ImportError as error:
            raise PortByollmError(f"{error}; install port-byollm[policies]") from error

        with tempfile.TemporaryDirectory(prefix="port-byollm-") as directory:
            log = Path(directory, "events")
            # The engine requires settings for every pack or for none.
            nothing = Path(directory, "settings.json")
            nothing.write_text("{}")
            packs = [(self.pack, self.settings or nothing), *((other, nothing) for other in others)]
            rules = [
                argument
                for pack, settings in packs
                for argument in ("--policy-pack", str(pack), "--policy-pack-config", str(settings))
            ]
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
                env=env | {"PULUMI_DEBUG_COMMANDS": "true"},  # without it, the engine has no --event-log
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        outcome = read(stack.name, events)
        message = (done.stderr or done.stdout).strip().removeprefix("error: ")
        if not (outcome.passed or outcome.findings or outcome.errors):
            raise PortByollmError(f"the rules were not evaluated for {stack.name}: {message}")
        if done.returncode != 0 and outcome.holds:
            outcome.errors.append(message)
        return Asked(outcome, _steps(done.stdout))


def _steps(printed: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(printed).get("steps") or [])
    except ValueError:
        return []  # a failed preview may print incomplete JSON


def names_pack(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--policy-pack` and `--policy-pack-config`, the arguments of `Rules.of`."""
    for option in (
        click.option(
            "--policy-pack-config",
            "settings",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="The pack's configuration. Default: `config/<stack>.json` in the pack.",
        ),
        click.option(
            "--policy-pack",
            "pack",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="The policy pack. Default: `policies` beside Pulumi.yaml.",
        ),
    ):
        command = option(command)
    return command
