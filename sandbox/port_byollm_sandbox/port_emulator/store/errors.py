"""Errors of the store."""

from port_byollm.errors import PortByollmError


class StoreError(PortByollmError):
    """The directory cannot be used; the message names the file and the way out."""
