"""Somebody who uses Bedrock by way of Port, all the time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from .conftest import Local

INTERVAL = 0.05  # seconds; a test of all models takes about as long


@dataclass
class Probes:
    count: int = 0
    failures: list[str] = field(default_factory=list)


@contextmanager
def probed(local: Local) -> Iterator[Probes]:
    """Has the emulator test Bedrock as it is registered, over and over; nothing is written by that."""
    probes, end = Probes(), threading.Event()
    url = f"{local.sandbox()['port']['baseUrl']}/_emulator/organizations/sandbox/llm-providers/bedrock/test"

    def probe() -> None:
        with httpx.Client(trust_env=False, timeout=60) as client:
            while not end.wait(INTERVAL):
                answer = client.post(url)
                probes.count += 1
                if answer.is_error:
                    probes.failures.append(answer.text)

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        yield probes
    finally:
        end.set()
        thread.join()
    assert probes.count > 10
