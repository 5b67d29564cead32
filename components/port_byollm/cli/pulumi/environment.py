"""The environment of the engine."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from port_byollm.loopback import unproxied

if TYPE_CHECKING:
    from port_byollm_engine.install import Engine
    from port_byollm_sandbox.sandbox import Sandbox

ACCEPT = "PORT_BYOLLM_ACCEPT_UNOFFICIAL_ENGINE"
"""If `yes`, an engine that is not an official release may serve other stacks than `local`."""

_PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "grpc_proxy")


def engine_environment(engine: "Engine") -> dict[str, str | None]:
    """Return what the engine needs for any stack: to come first on PATH, and to reach its plugins.

    Its gRPC calls to plugins honor `http_proxy`, so a proxy needs an exception for loopback.
    """
    changes: dict[str, str | None] = {
        "PATH": os.pathsep.join([*engine.search_path(), os.environ.get("PATH", os.defpath)])
    }
    if not engine.official:
        changes["PORT_BYOLLM_PYTHON"] = sys.executable
    if any(os.environ.get(name) for name in _PROXIES):
        changes |= unproxied(os.environ)
    return changes


def sandbox_environment(sandbox: "Sandbox", engine: "Engine") -> dict[str, str | None]:
    """Return the environment of the sandbox's stacks, as changes to this process's; None unsets."""
    # Settings of the user's own file backend must not affect the sandbox's.
    layout = [name for name in os.environ if name.startswith(("PULUMI_DIY_BACKEND_", "PULUMI_SELF_MANAGED_"))]
    return dict.fromkeys(layout) | sandbox.environment() | engine_environment(engine) | {ACCEPT: "yes"}


def applied(changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return this process's environment with `changes`."""
    return {name: value for name, value in (os.environ | changes).items() if value is not None}
