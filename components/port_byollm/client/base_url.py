"""The address of Port's API."""

import ipaddress
from urllib.parse import urlsplit

from port_byollm.errors import ConfigError


def parse_base_url(text: str) -> str:
    """`text` without a trailing slash, if it can be the address of Port's API.

    Raises ConfigError for anything but https (http on loopback), for credentials in it, and for a path: the
    client adds `/v1` itself.
    """
    way_out = "give https://api.port.io (EU) or https://api.us.port.io (US)"
    url = urlsplit(text)
    try:
        host, _ = url.hostname, url.port
    except ValueError:
        host = None
    if url.scheme not in ("http", "https") or not host:
        raise ConfigError("baseUrl", "is not an http(s) address", way_out)
    if url.username is not None or url.query or url.fragment:
        raise ConfigError("baseUrl", "has credentials, a query or a fragment in it", way_out)
    if url.path.strip("/"):
        raise ConfigError("baseUrl", f"has the path {url.path}", f"leave the path out: {way_out}")
    if url.scheme != "https" and not is_loopback(host):
        raise ConfigError("baseUrl", "is not https; the client secret would travel in the clear", way_out)
    return f"{url.scheme}://{url.netloc}"


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
