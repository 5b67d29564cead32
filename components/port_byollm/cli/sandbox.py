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
    """Port and AWS on loopback, to try things out.

    The sandbox lives in .sandbox beside Pulumi.yaml, or in the folder that PORT_BYOLLM_SANDBOX_DIR names.
    Port, AWS and the state of the stack local live and die together.
    """


@command.command
def start() -> None:
    """Start it, empty, unless it is running."""
    _show(lifecycle.start(sandbox_directory()))


@command.command
def stop() -> None:
    """Stop it and remove what it holds."""
    lifecycle.stop(sandbox_directory())


@command.command
def reset() -> None:
    """Empty it: AWS, Port and the state of the stack local."""
    lifecycle.reset(sandbox_directory())


@command.command
@click.option("--json", "as_json", is_flag=True, help="Print it for scripts.")
@click.option("--show-secrets", is_flag=True, help="With the credentials (only with --json).")
def status(as_json: bool, show_secrets: bool) -> None:
    """Say where it is; the exit code is 0 only while it is running."""
    if show_secrets and not as_json:
        raise click.UsageError("--show-secrets shows them to scripts alone: it needs --json")
    if not as_json:
        _show(_running())
        return
    sandbox = lifecycle.status(sandbox_directory())
    shape = {"running": False} if sandbox is None else sandbox.to_json(show_secrets)
    click.echo(json.dumps(shape, indent=2))
    if sandbox is None:
        raise SystemExit(1)


@command.command("open")
@click.option("--member", is_flag=True, help="As a member, who may look, instead of an administrator.")
@click.option("--print", "only_print", is_flag=True, help="Print the link, and leave the browser alone.")
def open_pages(member: bool, only_print: bool) -> None:
    """Open Port's pages in a browser, signed in: AI settings, secrets, the audit trail, the access.

    The link signs in once, and within an hour.
    """
    from port_byollm_sandbox.port_emulator.pages.link import sign_in_link

    sandbox = _running()
    link = sign_in_link(sandbox.port_base_url, sandbox.member if member else sandbox.admin)
    click.echo(link)
    if not only_print:
        click.launch(link)


@command.command
def env() -> None:
    """Print the environment that the stack local runs with, for a shell to evaluate.

    It is for trying another stack's configuration against the sandbox: eval "$(port-byollm sandbox env)".
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
