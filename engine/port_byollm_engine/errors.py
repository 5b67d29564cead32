"""Errors raised while the engine is installed or checked."""

from port_byollm.errors import PortByollmError


class EngineError(PortByollmError):
    """No usable engine; the message gives the reason and the way out."""
