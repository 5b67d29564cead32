"""`port-byollm sandbox`."""

import json
import shlex

import click

from port_byollm.cli.group import Group
from port_byollm.cli.pulumi.environment import sandbox_environment
from port_byollm.cli.stack.project import sandbox_directory
from port_byollm.errors import PortByollmError
from port_byollm_engine import install
from port_byollm_sandbox import lifecycle
from port_byollm_sandbox.sandbox import Sandbox


@click.group(cls=Group)
def command() -> None:
    """Run emulators of Port and AWS on loopback.

    The sandbox keeps its data in .sandbox beside Pulumi.yaml, or in PORT_BYOLLM_SANDBOX_DIR. Starting,
    stopping and resetting it always affect Port, AWS and the state of the stack local together.
    """


@command.command
def start() -> None:
    """Start an empty sandbox, unless one is running."""
    _show(lifecycle.start(sandbox_directory()))


@command.command
def stop() -> None:
    """Stop the sandbox and remove its data."""
    lifecycle.stop(sandbox_directory())


@command.command
def reset() -> None:
    """Empty the sandbox: AWS, Port and the state of the stack local."""
    lifecycle.reset(sandbox_directory())


@command.command
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--show-secrets", is_flag=True, help="Include the credentials (only with --json).")
def status(as_json: bool, show_secrets: bool) -> None:
    """Show where the sandbox listens. Exits with 0 only if it is running."""
    if show_secrets and not as_json:
        raise click.UsageError("--show-secrets needs --json")
    if not as_json:
        _show(_running())
        return
    sandbox = lifecycle.status(sandbox_directory())
    shape = {"running": False} if sandbox is None else sandbox.to_json(show_secrets)
    click.echo(json.dumps(shape, indent=2))
    if sandbox is None:
        raise SystemExit(1)


@command.command("open")
@click.option(
    "--member", is_flag=True, help="Sign in as a member, who may only read, instead of an administrator."
)
@click.option("--print", "only_print", is_flag=True, help="Print the link without opening a browser.")
def open_pages(member: bool, only_print: bool) -> None:
    """Open Port's pages in a browser, signed in: AI settings, secrets, audit log and access.

    The link works once, within an hour.
    """
    from port_byollm_sandbox.port_emulator.pages.link import sign_in_link

    sandbox = _running()
    link = sign_in_link(sandbox.port_base_url, sandbox.member if member else sandbox.admin)
    click.echo(link)
    if not only_print:
        click.launch(link)


@command.command
def env() -> None:
    """Print the environment of the stack local as shell commands.

    Use it to try another stack's configuration in the sandbox: eval "$(port-byollm sandbox env)".
    """
    for name, value in sorted(sandbox_environment(_running(), install.ensure()).items()):
        click.echo(f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}")


def _running() -> Sandbox:
    sandbox = lifecycle.status(sandbox_directory())
    if sandbox is None:
        raise PortByollmError("the sandbox is not running; start it with `port-byollm sandbox start`")
    return sandbox


def _show(sandbox: Sandbox) -> None:
    shape = sandbox.to_json()
    click.echo(f"Port: {shape['port']['baseUrl']}")
    click.echo(f"AWS:  {shape['aws']['endpointUrl']} ({shape['aws']['region']}, {shape['aws']['accountId']})")
