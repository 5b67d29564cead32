"""What goes wrong with the sandbox itself."""

from port_byollm.errors import PortByollmError


class SandboxError(PortByollmError):
    """The sandbox could not be started, stopped or reset; the text says why and what to look at."""
