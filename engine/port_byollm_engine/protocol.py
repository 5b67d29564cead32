"""Pulumi's gRPC protocol, imported without the rest of the SDK.

Most language hosts that the engine starts run no program: those of `destroy` and `refresh`, and the first of
the two that `up` starts, which only answers questions about itself. `import pulumi` would dominate their run
time.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

_PACKAGES = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto", "pulumi.runtime.proto.codegen")


@contextmanager
def _without_init() -> Iterator[None]:
    """Unless `pulumi` is imported already, stand in empty packages, so that no `__init__.py` runs."""
    spec = None if "pulumi" in sys.modules else find_spec("pulumi")
    if spec is None or spec.origin is None:
        yield
        return
    for name in _PACKAGES:
        sys.modules[name] = package = ModuleType(name)
        package.__path__ = [str(Path(spec.origin).parent.joinpath(*name.split(".")[1:]))]
    try:
        yield
    finally:
        for name in _PACKAGES:
            del sys.modules[name]


with _without_init():
    from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS as CHANNEL_OPTIONS
    from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

__all__ = ["CHANNEL_OPTIONS", "language_pb2", "language_pb2_grpc", "plugin_pb2"]
