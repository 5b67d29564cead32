"""Loopback addresses, and the proxy settings that exempt them."""

import ipaddress
from collections.abc import Mapping

HOSTS = ("127.0.0.1", "localhost", "::1")
_GRPC = "no_grpc_proxy"
# Each variable, followed by those that apply if it is not set.
_EXCEPTIONS = (("no_proxy", "NO_PROXY"), ("NO_PROXY", "no_proxy"), (_GRPC, "no_proxy", "NO_PROXY"))


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def unproxied(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that exempt loopback from the proxies in `environment`.

    Some programs read only one of the two spellings, so a missing one copies the other. gRPC reads a variable
    of its own and does not treat `*` as every host; Python does so only if `*` stands alone.
    """
    changes = {}
    for name, *others in _EXCEPTIONS:
        given = next(filter(None, map(environment.get, (name, *others))), "")
        hosts = [host.strip() for host in given.split(",") if host.strip()]
        if name == _GRPC or "*" not in hosts:
            hosts += [host for host in HOSTS if host not in hosts]
        changes[name] = ",".join(hosts)
    return changes
