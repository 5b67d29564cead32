"""`port-byollm pulumi`."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from port_byollm.cli.pulumi.environment import ACCEPT, applied, engine_environment, sandbox_environment
from port_byollm.cli.pulumi.invocation import Invocation, parse
from port_byollm.cli.stack.access_keys import stray_keys
from port_byollm.cli.stack.local_state import NAME, LocalState, Operation
from port_byollm.cli.stack.project import (
    check_stack_exists,
    sandbox_directory,
    selected_stack,
    unselect_stack,
)
from port_byollm.errors import PortByollmError

if TYPE_CHECKING:
    from port_byollm_engine.install import Engine
    from port_byollm_sandbox.sandbox import Sandbox

_ACCESS_KEY = "aws:iam/accessKey:AccessKey"


@click.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PULUMI'S ARGUMENTS]...")
@click.pass_context
def command(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Run Pulumi; the stack local runs in the sandbox.

    Passes all arguments to the engine. The stack is --stack, else PULUMI_STACK, else the selected one, else
    local. For local, starts the sandbox if needed and uses its environment. For any other stack, only adds
    the engine to PATH, and requires an official release of Pulumi.
    """
    if arguments in (("--help",), ("-h",)):
        click.echo(context.get_help())
        return
    path, arguments, env = prepare(arguments)
    os.execve(path, ["pulumi", *arguments], env)  # noqa: S606 (its signals and exit code become ours)


def prepare(arguments: tuple[str, ...]) -> tuple[Path, tuple[str, ...], dict[str, str]]:
    """Return the engine for a command line, the arguments to give it, and its complete environment.

    For `local`, first starts the sandbox and cleans up after a killed update. Raises PortByollmError if no
    engine may serve the stack.
    """
    from port_byollm_engine.install import ensure

    engine = ensure()
    invocation = parse(arguments)
    env = applied(engine_environment(engine))
    if invocation.concerns_stack:
        stack = stack_name(invocation)
        if stack == NAME:
            arguments, env = _in_sandbox(invocation, arguments, engine)
        elif not engine.official and env.get(ACCEPT) != "yes":
            if not invocation.creates_stack and "--config-file" not in arguments:
                check_stack_exists(stack, invocation.cwd)
            raise PortByollmError(
                f"{engine.path} is not an official release of Pulumi and serves only the stack {NAME}; for "
                f"{stack} install the release (https://www.pulumi.com/docs/install/), or set {ACCEPT}=yes "
                "to use this one anyway"
            )
    return engine.path, arguments, env


def stack_name(invocation: Invocation) -> str:
    """Return the stack of an invocation; for the sandbox's, its short name."""
    stack = invocation.stack or os.environ.get("PULUMI_STACK") or selected_stack(invocation.cwd) or NAME
    organization, _, name = stack.rpartition("/")
    # A file backend has one organization, named `organization`, with or without a project after it.
    return name if name == NAME and organization.split("/")[0] in ("", "organization") else stack


def _in_sandbox(
    invocation: Invocation, arguments: tuple[str, ...], engine: "Engine"
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the arguments and environment for `local`, after creating it and removing stale locks."""
    from port_byollm_sandbox import lifecycle

    directory = sandbox_directory(invocation.cwd)
    if lifecycle.status(directory) is None:
        click.echo(
            "No sandbox is running: starting an empty one (`port-byollm sandbox stop` stops it).", err=True
        )
    sandbox = lifecycle.start(directory)
    # The engine takes the stack from the environment, so --stack need not be added to the arguments.
    env = applied(sandbox_environment(sandbox, engine) | {"PULUMI_STACK": NAME})
    state = LocalState(env["PULUMI_BACKEND_URL"])
    if not state.exists() and not invocation.creates_stack:
        state.create(engine.path, env, invocation.cwd)
    free = state.unlock()
    if invocation.selects_stack:
        unselect_stack(invocation.cwd)  # without a selection, local is the default
    if free and invocation.updates and (interrupted := state.interrupted()):
        operations = ", ".join(map(str, interrupted))
        click.echo(f"The last update was killed while {operations}; continuing from there.", err=True)
        _settle(interrupted, state, sandbox)
        arguments = (*arguments, "--refresh")
    return arguments, env


def _settle(interrupted: Sequence[Operation], state: LocalState, sandbox: "Sandbox") -> None:
    """Prepare the state so that the next update finds out which interrupted operations took place."""
    from port_byollm_sandbox.aws_plugin.ids import id_of

    created = {}
    for operation in interrupted:
        if operation.creates and operation.type == _ACCESS_KEY:
            from port_byollm_sandbox.aws_plugin.session import Clients, Credentials

            iam = Clients().get("iam", sandbox.aws_region, sandbox.aws_endpoint_url, Credentials())
            for key in stray_keys(iam, str(operation.inputs.get("user")), state.ids(_ACCESS_KEY)):
                if key.last_used is None:  # the sandbox records a use at once
                    key.delete(iam)
        elif operation.creates and (
            resource_id := id_of(operation.type, operation.inputs, sandbox.aws_account_id)
        ):
            created[operation.urn] = resource_id
    state.settle(created)
