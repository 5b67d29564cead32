"""Fixtures with which a test runs a Pulumi program against Port and AWS on loopback.

What they need is imported when the first test asks for one: this module is loaded by every run of pytest.
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
        SCOPE, "How long the sandbox keeps what is in it: function, class, module, …", default="function"
    )


def _scope(fixture_name: str, config: pytest.Config) -> Any:
    return config.getini(SCOPE)


@pytest.fixture(scope="session")
def _byollm_sandbox_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where this process has its sandbox, which ends with the session, or else with the process."""
    from port_byollm_sandbox import lifecycle

    directory = tmp_path_factory.mktemp("port-byollm") / "sandbox"
    yield directory
    lifecycle.stop(directory)


@pytest.fixture(scope=_scope)
def byollm_sandbox(_byollm_sandbox_directory: Path) -> "Sandbox":
    """The running sandbox, empty: where everything is, and all credentials."""
    from port_byollm_sandbox import lifecycle

    running = lifecycle.status(_byollm_sandbox_directory)
    if running is not None:
        lifecycle.reset(_byollm_sandbox_directory)
        return running
    return lifecycle.start(_byollm_sandbox_directory, owner=os.getpid())


@pytest.fixture(scope=_scope)
def port_sandbox(byollm_sandbox: "Sandbox") -> "Iterator[PortSandbox]":
    """Port on loopback, empty: clients of an administrator and a member, the requests journal, faults."""
    from port_byollm_sandbox.testing.port_sandbox import PortSandbox

    with ExitStack() as closing:
        yield PortSandbox(byollm_sandbox, closing)


@pytest.fixture(scope=_scope)
def aws_sandbox(byollm_sandbox: "Sandbox") -> "Iterator[AwsSandbox]":
    """AWS on loopback, empty: boto3's sessions and clients."""
    from port_byollm_sandbox.testing.aws_sandbox import AwsSandbox

    with ExitStack() as closing:
        yield AwsSandbox(byollm_sandbox, closing)


@pytest.fixture(scope=_scope)
def pulumi_sandbox(
    byollm_sandbox: "Sandbox", tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[PulumiSandbox]":
    """Pulumi's stacks in the sandbox. As long as it lasts, the environment of this process is the sandbox's:
    Pulumi, boto3 and `port-byollm` find Port, AWS and the state there, and nothing of the user's own."""
    from port_byollm.cli.environment import sandbox_environment
    from port_byollm_engine import install
    from port_byollm_sandbox import lifecycle
    from port_byollm_sandbox.testing.pulumi_sandbox import PulumiSandbox

    variables = sandbox_environment(byollm_sandbox, install.ensure())
    variables |= {
        # The scripts are `port-byollm` and, for projects that name no folder of it, the provider plugin.
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
