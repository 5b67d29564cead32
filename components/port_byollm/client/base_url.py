"""The address of Port's API."""

import ipaddress
import re
from urllib.parse import urlsplit

from port_byollm.errors import ConfigError
from port_byollm.loopback import is_loopback

_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*\.?", re.ASCII)


def parse_base_url(text: str) -> str:
    """Return `text` without a trailing slash, if it can be the address of Port's API.

    Raises ConfigError for anything but https (http on loopback), and for an address with credentials or a
    path: the client adds `/v1` itself.
    """
    way_out = "give https://api.port.io (EU) or https://api.us.port.io (US)"
    try:
        url = urlsplit(text)
        host, _ = url.hostname or "", url.port
    except ValueError:
        raise ConfigError("baseUrl", "is not an http(s) address", way_out) from None
    if url.scheme not in ("http", "https") or not (_HOST_NAME.fullmatch(host) or _is_address(host)):
        raise ConfigError("baseUrl", "is not an http(s) address", way_out)
    if url.username is not None or url.query or url.fragment:
        raise ConfigError("baseUrl", "has credentials, a query or a fragment in it", way_out)
    if url.path.strip("/"):
        raise ConfigError("baseUrl", f"has the path {url.path}", f"leave the path out: {way_out}")
    if url.scheme != "https" and not is_loopback(host):
        raise ConfigError("baseUrl", "is not https; the client secret would be sent in plain text", way_out)
    return f"{url.scheme}://{url.netloc}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
