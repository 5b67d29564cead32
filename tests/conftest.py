"""What several suites need and takes long to make."""

import asyncio
import gc
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from port_byollm_sandbox.aws.server import AwsServer


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
def program_loop() -> Iterator[None]:
    """An event loop for a Pulumi program under mocks."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    with warnings.catch_warnings():
        # The SDK's mock monitor makes an event loop in each thread of the executor, and closes none.
        warnings.simplefilter("ignore", ResourceWarning)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        gc.collect()
