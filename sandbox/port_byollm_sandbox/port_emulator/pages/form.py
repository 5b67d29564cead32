"""What a form was sent with."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from port_byollm_sandbox.port_emulator import wire
from port_byollm_sandbox.port_emulator.errors import PortError
from port_byollm_sandbox.port_emulator.pages.port import Refused

MAX_FIELDS = 20


async def fields(request: Request) -> dict[str, str]:
    """By name; of several of one name the last. Raises Refused for what no form of ours sends."""
    try:
        body = (await wire.content_of(request)).decode("ascii")
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"))
    except PortError as error:
        raise Refused(error.status, error.message) from None
    except ValueError:  # quotes the body, in which there may be a secret
        raise Refused(400, "The form is not one of this page's") from None
