"""Pulumi's gRPC protocol without the SDK around it.

Most of the hosts that the engine starts run no program: that of a `destroy` or `refresh`, and the first of
the two that an `up` starts, which is only asked what it is. `import pulumi` would be most of their time.
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
    """Pulumi's packages as mere folders, where nobody has imported them: no `__init__.py` is run."""
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
