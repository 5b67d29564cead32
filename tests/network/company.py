"""The network of a company: names that only its proxy resolves, certificates by its own authority."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .authority import Authority
from .tls_front import TlsFront

DOMAIN = "acme.test"  # RFC 6761: no resolver knows it
START_SECONDS = 20


@dataclass(frozen=True)
class Network:
    proxy: str
    """Its address."""
    authority: Authority
    _front: TlsFront
    _asked_for: Path

    def publish(self, name: str, port: int) -> str:
        """Where the server of this machine with that `port` can be had, by way of the proxy alone."""
        return f"https://{name}.{DOMAIN}:{self._front.publish(port)}"

    def passed(self) -> set[str]:
        """The names that the proxy was asked for."""
        names = self._asked_for.read_text().split() if self._asked_for.exists() else []
        return {name.removesuffix(f".{DOMAIN}") for name in names}

    def forget(self) -> None:
        self._asked_for.unlink(missing_ok=True)


@contextmanager
def company_network(folder: Path) -> Iterator[Network]:
    """Runs the proxy; `folder` is an empty one."""
    port, asked_for = folder / "port", folder / "asked-for"
    authority = Authority(folder, DOMAIN)
    command = [sys.executable, "-m", "proxy", "--port", "0", "--port-file", str(port), "--log-level", "ERROR"]
    command += ["--num-workers", "1", "--num-acceptors", "1", "--plugins", "names.Names"]
    environment = {"PYTHONPATH": str(Path(__file__).parent), "NAMES_ASKED_FOR": str(asked_for)}
    with (
        subprocess.Popen(command, env=os.environ | environment, cwd=folder) as proxy,
        TlsFront(authority.context) as front,
    ):
        try:
            deadline = time.monotonic() + START_SECONDS
            while not (port.exists() and port.read_text()):
                assert proxy.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield Network(f"http://127.0.0.1:{port.read_text().strip()}", authority, front, asked_for)
        finally:
            proxy.terminate()
