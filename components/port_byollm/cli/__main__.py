"""The entry point of `port-byollm`: the list of its commands, each in a module of its own."""

from importlib import import_module
from typing import Any

import click

from port_byollm.errors import PortByollmError
from port_byollm.startup import trim_imports

COMMANDS = {
    "adopt": "Adopt an existing setup into a stack.",
    "audit": "Record an update, and check later that AWS still matches the record.",
    "deploy-policy": "Print the least-privilege IAM policy for deploying a stack.",
    "diagnose": "Find out which side makes requests fail: yours, Port or AWS.",
    "doctor": "Check what would block an update before you run it.",
    "engine": "Install the Pulumi engine, and show its provenance and SBOM.",
    "iam": "Simulate IAM's decisions offline.",
    "models": "Keep the model catalog up to date.",
    "policy": "Report the policy pack's findings for code review.",
    "pulumi": "Run Pulumi; the stack local runs in the sandbox.",
    "review": "Show how an update would change who may do what.",
    "revoke": "Stop Port's use of Bedrock at once.",
    "rotate": "Rotate the external ID or the access key without failing requests.",
    "sandbox": "Run emulators of Port and AWS on loopback.",
    "status": "Show which provider and model a request to Port AI gets, and why.",
    "verify": "Prove who may use Bedrock and how, and that nothing else is possible.",
}
"""Name -> purpose. The module of the same name, with `_` for `-`, defines the click command as `command`."""


class LazyGroup(click.Group):
    """A group that imports a command only when it runs, so that none waits for the imports of the others."""

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
        """Show a PortByollmError as its message, without a traceback."""
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
