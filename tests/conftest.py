"""What several suites need and takes long to make."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from port_byollm_sandbox.aws.server import AwsServer

# How long an example takes says something about the machine, not about the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def running_aws() -> "Iterator[AwsServer]":
    """The sandbox's AWS, with whatever the test before has left in it."""
    from port_byollm_sandbox.aws.server import AwsServer  # a second, which most tests need not wait

    server = AwsServer("111122223333", "eu-west-1")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def aws(running_aws: "AwsServer") -> "AwsServer":
    """The sandbox's AWS, empty."""
    running_aws.reset()
    return running_aws


@pytest.fixture
def program_loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An event loop for a Pulumi program under mocks."""
    # The SDK's mock monitor makes an event loop in each thread of the executor, and closes none.
    loops: list[asyncio.AbstractEventLoop] = []
    make = asyncio.new_event_loop

    def remembered() -> asyncio.AbstractEventLoop:
        loops.append(make())
        return loops[-1]

    monkeypatch.setattr(asyncio, "new_event_loop", remembered)
    loop = remembered()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.run_until_complete(loop.shutdown_default_executor())
    for each in loops:
        each.close()
