"""Submitted forms."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.errors import PortError
from port_byollm_sandbox.port_emulator.pages.port import Refused

MAX_FIELDS = 20


async def fields(request: Request) -> dict[str, str]:
    """Return the fields by name; the last one of a name counts. Raises Refused for any other kind of body."""
    try:
        body = (await wire.content_of(request)).decode("ascii")
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"))
    except PortError as error:
        raise Refused(error.status, error.message) from None
    except ValueError:  # quotes the body, which may contain a secret
        raise Refused(400, "This is not a form of this page") from None
