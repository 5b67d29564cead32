"""What goes wrong while the engine is being installed."""

from port_byollm.errors import PortByollmError


class EngineError(PortByollmError):
    """The engine is not to be had; the text says why and what to do about it."""
