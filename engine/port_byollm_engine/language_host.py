"""A language host for Python programs: the counterpart of the official `pulumi-language-python`, in Python.

The protocol is `proto/pulumi/language.proto` of pulumi/pulumi. The engine starts the executable, reads the
port from its stdout and calls it over gRPC. The program runs in the host's own process.
"""

import contextvars
import importlib.metadata
import os
import platform
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

PARENT = os.getppid()  # before the slow imports, to notice an engine that is killed during them

import grpc  # noqa: E402
from google.protobuf.empty_pb2 import Empty  # noqa: E402

from port_byollm_engine.protocol import CHANNEL_OPTIONS, language_pb2_grpc, plugin_pb2  # noqa: E402
from port_byollm_engine.protocol import language_pb2 as pb  # noqa: E402

POLL = 0.25
"""Seconds between two checks that the engine still runs."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    def __init__(self, engine_address: str) -> None:
        self.engine_address = engine_address
        # Never released: a program leaves its modules behind, so a process runs only one.
        self._fresh = threading.Lock()
        self._children: set[subprocess.Popen[bytes]] = set()

    def Handshake(self, request: Any, context: Any) -> pb.LanguageHandshakeResponse:
        self.engine_address = request.engine_address or self.engine_address
        return pb.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo()

    def GetRequiredPlugins(self, request: Any, context: Any) -> pb.GetRequiredPluginsResponse:
        return pb.GetRequiredPluginsResponse()

    def GetRequiredPackages(self, request: Any, context: Any) -> pb.GetRequiredPackagesResponse:
        """None: providers come from the project's `plugins` and from PATH, without a download up front."""
        return pb.GetRequiredPackagesResponse()

    def About(self, request: Any, context: Any) -> pb.AboutResponse:
        return pb.AboutResponse(executable=interpreter(request.info), version=platform.python_version())

    def GetProgramDependencies(self, request: Any, context: Any) -> pb.GetProgramDependenciesResponse:
        packages = {dist.metadata["Name"]: dist.version for dist in importlib.metadata.distributions()}
        return pb.GetProgramDependenciesResponse(
            dependencies=[
                pb.DependencyInfo(name=name, version=packages[name])
                for name in sorted(packages, key=str.lower)
            ]
        )

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[pb.InstallDependenciesResponse]:
        """Do nothing: the project creates its virtual environment itself."""
        return iter(())

    def Run(self, request: pb.RunRequest, context: Any) -> pb.RunResponse:
        from port_byollm_engine import program  # imports the SDK, which other calls do not need

        python = interpreter(request.info)
        if python == sys.executable and self._fresh.acquire(blocking=False):
            return contextvars.copy_context().run(program.run, request, self.engine_address)
        command = [python, "-u", program.__file__, self.engine_address]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as child, self._owned(child):
            child.communicate(request.SerializeToString())
        if child.returncode in (0, program.SHOWN):
            return pb.RunResponse(bail=child.returncode == program.SHOWN)
        return pb.RunResponse(error=f"Program exited with non-zero exit code: {child.returncode}")

    def RunPlugin(
        self, request: pb.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.RunPluginResponse]:
        python, folder = interpreter(request.info), request.info.program_directory
        if request.kind == "analyzer":
            command = [python, "-u", "-m", "pulumi.policy", *request.args, folder]
        else:
            command = [python, "-u", folder, *request.args]
        child = subprocess.Popen(
            command,
            cwd=request.pwd or None,
            env=dict(entry.partition("=")[::2] for entry in request.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with child, self._owned(child):
            context.add_callback(child.kill)  # the engine ends a plugin by closing the call
            yield from _output(child)
            yield pb.RunPluginResponse(exitcode=child.wait())

    def Cancel(self, request: Any, context: Any) -> Empty:
        for child in list(self._children):
            child.send_signal(signal.SIGINT)
        return Empty()

    def end(self) -> NoReturn:
        """Kill the children and exit at once, skipping the interpreter's slow shutdown."""
        for child in list(self._children):
            child.kill()
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(0)

    @contextmanager
    def _owned(self, child: subprocess.Popen[bytes]) -> Iterator[None]:
        self._children.add(child)
        try:
            yield
        finally:
            self._children.discard(child)


def interpreter(info: pb.ProgramInfo) -> str:
    """Return the Python of `runtime.options.virtualenv` (relative to the program's root), else this one."""
    options = info.options.fields
    if "virtualenv" not in options:
        return sys.executable
    environment = Path(info.root_directory, options["virtualenv"].string_value)
    if environment.is_dir() and environment.samefile(sys.prefix):
        return sys.executable
    return str(environment / "bin" / "python")


def _output(child: subprocess.Popen[bytes]) -> Iterator[pb.RunPluginResponse]:
    """Yield the output of `child` as it is written, until both streams are closed."""
    assert child.stdout is not None and child.stderr is not None  # noqa: S101, PT018 (both are PIPE)
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ, "stdout")
        selector.register(child.stderr, selectors.EVENT_READ, "stderr")
        while selector.get_map():
            for key, _ in selector.select():
                if chunk := os.read(key.fd, 65536):
                    yield (
                        pb.RunPluginResponse(stdout=chunk)
                        if key.data == "stdout"
                        else pb.RunPluginResponse(stderr=chunk)
                    )
                else:
                    selector.unregister(key.fileobj)


def _answers(address: str) -> bool:
    name, _, port = address.rpartition(":")
    try:
        socket.create_connection((name, int(port)), timeout=5).close()
    except OSError:
        return False
    return True


def _watch(host: LanguageHost) -> NoReturn:
    while os.getppid() == PARENT:
        time.sleep(POLL)
    host.end()


def main() -> None:
    """Serve the engine whose address is the last argument, until a signal arrives or the engine is gone."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # the engine shows lines as they come
    host = LanguageHost(sys.argv[-1])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: host.end())
    if not _answers(host.engine_address):
        host.end()  # the engine was killed before PARENT was read
    server = grpc.server(ThreadPoolExecutor(max_workers=16), options=CHANNEL_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    bound = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(bound)
    _watch(host)


if __name__ == "__main__":
    main()
