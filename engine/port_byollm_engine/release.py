"""Pulumi's official release, downloaded by the Automation API's installer."""

import sys
from pathlib import Path

from port_byollm_engine import child
from port_byollm_engine.errors import EngineError
from port_byollm_engine.provenance import OFFICIAL_RELEASE, Origin

ORIGIN = Origin(OFFICIAL_RELEASE, parameters={}, resources=())

# The installer has no timeout and downloads about 100 MB, so it runs in a process that can be killed.
DEADLINE = 300.0
_INSTALL = """
import socket, subprocess, sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo

socket.setdefaulttimeout(15)
try:
    PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
except subprocess.CalledProcessError as error:
    sys.exit(error.output.decode(errors="replace") if error.output else str(error))
except Exception as error:
    sys.exit(str(error))
"""


def download(root: Path, version: str, *, deadline: float = DEADLINE) -> None:
    """Install the release under `root`, with the executables in `root/bin`.

    `deadline` is in seconds. Raises `EngineError`.
    Source: https://www.pulumi.com/docs/iac/automation-api/ (`PulumiCommand.install`).
    """
    try:
        code, output = child.run([sys.executable, "-c", _INSTALL, root, version], deadline=deadline)
    except TimeoutError as error:
        raise EngineError(f"the download did not end within {deadline:g} seconds") from error
    if code != 0:
        lines = output.strip().splitlines()
        raise EngineError(lines[-1] if lines else f"the installer ended with exit code {code}")
