"""What goes wrong while the engine is being installed."""


class EngineError(Exception):
    """The engine is not to be had; the text says why and what to do about it."""
