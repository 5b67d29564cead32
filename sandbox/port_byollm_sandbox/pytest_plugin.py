"""Fixtures for tests that run a Pulumi program against Port and AWS on loopback.

Every run of pytest loads this module, so each fixture imports what it needs on first use.
"""

import os
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from port_byollm_sandbox.sandbox import Sandbox
    from port_byollm_sandbox.testing import AwsSandbox, PortSandbox, PulumiSandbox

SCOPE = "port_byollm_sandbox_scope"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        SCOPE, "Scope after which the sandbox is emptied: function, class, module, …", default="function"
    )


def _scope(fixture_name: str, config: pytest.Config) -> Any:
    return config.getini(SCOPE)


@pytest.fixture(scope="session")
def _byollm_sandbox_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The directory of the sandbox, which ends with the session, at the latest with this process."""
    from port_byollm_sandbox import lifecycle

    directory = tmp_path_factory.mktemp("port-byollm") / "sandbox"
    yield directory
    lifecycle.stop(directory)


@pytest.fixture(scope=_scope)
def byollm_sandbox(_byollm_sandbox_directory: Path) -> "Sandbox":
    """The running sandbox, emptied: all addresses and credentials."""
    from port_byollm_sandbox import lifecycle

    running = lifecycle.status(_byollm_sandbox_directory)
    if running is not None:
        lifecycle.reset(_byollm_sandbox_directory)
        return running
    return lifecycle.start(_byollm_sandbox_directory, owner=os.getpid())


@pytest.fixture(scope=_scope)
def port_sandbox(byollm_sandbox: "Sandbox") -> "Iterator[PortSandbox]":
    """Port on loopback, emptied: clients for an administrator and a member, the request journal, faults."""
    from port_byollm_sandbox.testing.port_sandbox import PortSandbox

    with ExitStack() as closing:
        yield PortSandbox(byollm_sandbox, closing)


@pytest.fixture(scope=_scope)
def aws_sandbox(byollm_sandbox: "Sandbox") -> "Iterator[AwsSandbox]":
    """AWS on loopback, emptied: boto3 sessions and clients."""
    from port_byollm_sandbox.testing.aws_sandbox import AwsSandbox

    with ExitStack() as closing:
        yield AwsSandbox(byollm_sandbox, closing)


@pytest.fixture(scope=_scope)
def pulumi_sandbox(
    byollm_sandbox: "Sandbox", tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[PulumiSandbox]":
    """Pulumi stacks in the sandbox.

    While the fixture is active, this process has the sandbox's environment: Pulumi, boto3 and `port-byollm`
    use its Port, AWS and state, and nothing of the user's.
    """
    from port_byollm.cli.pulumi.environment import sandbox_environment
    from port_byollm_engine import install
    from port_byollm_sandbox import lifecycle
    from port_byollm_sandbox.testing.pulumi_sandbox import PulumiSandbox

    variables = sandbox_environment(byollm_sandbox, install.ensure())
    variables |= {
        # The scripts: `port-byollm`, and the provider plugin for projects that do not name its folder.
        "PATH": f"{variables['PATH']}{os.pathsep}{sysconfig.get_path('scripts')}",
        "PORT_BYOLLM_SANDBOX_DIR": str(byollm_sandbox.directory),
        lifecycle.OWNER: str(os.getpid()),
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            if value is None:
                environment.delenv(name, raising=False)
            else:
                environment.setenv(name, value)
        yield PulumiSandbox(tmp_path_factory.mktemp("pulumi"))
