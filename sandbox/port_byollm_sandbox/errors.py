"""Errors of the sandbox itself."""

from port_byollm.errors import PortByollmError


class SandboxError(PortByollmError):
    """The sandbox could not be started, stopped or reset; the message gives the reason and where to look."""
