"""The emulator as a process of its own, on a directory that it keeps."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx


def command(directory: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "port_byollm_sandbox.port_emulator", "--directory", str(directory)]


class EmulatorProcess:
    def __init__(self, directory: Path, *arguments: str) -> None:
        self.directory = directory
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command(directory), *arguments], stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        assert self.said.startswith("Port: "), self.log.read_text()

    @property
    def log(self) -> Path:
        return self.directory / "log"

    @property
    def access(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.directory / "emulator.json").read_text())
        return found

    @property
    def port(self) -> int:
        return int(self.access["baseUrl"].rpartition(":")[2])

    def client(self) -> httpx.Client:
        """An administrator's."""
        base_url, credential = self.access["baseUrl"], self.access["admin"]
        answer = httpx.post(f"{base_url}/v1/auth/access_token", json=credential, trust_env=False)
        headers = {"Authorization": f"Bearer {answer.raise_for_status().json()['accessToken']}"}
        return httpx.Client(base_url=base_url, headers=headers, trust_env=False)

    def end(self, signal_number: signal.Signals) -> int:
        """Its exit code; of one that has ended, the one that it ended with."""
        self.process.send_signal(signal_number)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(10)
