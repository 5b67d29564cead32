"""Why a store cannot be opened."""

from port_byollm.errors import PortByollmError


class StoreError(PortByollmError):
    """The directory cannot be used; the text names the file and the way out."""
