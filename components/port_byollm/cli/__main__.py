"""`port-byollm`: the names of the commands, and nothing of what they do."""

from importlib import import_module
from typing import Any

import click

from port_byollm.errors import PortByollmError
from port_byollm.startup import trim_imports

COMMANDS = {
    "adopt": "Take what the organization already has into the stack.",
    "audit": "Keep a record of each update, and hold what is deployed against it.",
    "deploy-policy": "Print the least that deploying the stack must be permitted.",
    "diagnose": "Say on whose side it is that requests fail.",
    "doctor": "Say before an update what would stop it.",
    "engine": "Get the Pulumi engine onto this machine.",
    "iam": "Ask what IAM would decide, without AWS.",
    "models": "Keep the catalogue of models up to date.",
    "policy": "Say for code review what the policy pack finds in a stack.",
    "pulumi": "Run Pulumi; for the stack local, in the sandbox.",
    "review": "Say what an update would change about who may do what.",
    "revoke": "Stop Port's use of Bedrock at once.",
    "rotate": "Replace the external ID or the access key, with no failing request.",
    "sandbox": "Port and AWS on loopback, to try things out.",
    "status": "Say what a request to Port AI gets, and why.",
    "verify": "Prove who may do what, and what must be impossible.",
}
"""Each is the click command `command` of the module of its name, with `_` for `-`."""


class LazyGroup(click.Group):
    """Imports a command only when it is asked for: none waits for what the others import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"port_byollm.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """An error that was raised on purpose is shown as its sentence."""
        try:
            return super().invoke(ctx)
        except PortByollmError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=LazyGroup)
@click.version_option(package_name="port-byollm")
def main() -> None:
    """Bring your own LLM to Port, as infrastructure as code."""
    trim_imports()


if __name__ == "__main__":
    main()
