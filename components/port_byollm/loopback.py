"""This machine, as the network knows it."""

import ipaddress
from collections.abc import Mapping

HOSTS = ("127.0.0.1", "localhost", "::1")


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def unproxied(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables with which no proxy of `environment` stands between processes of this machine.

    Some programs read only one of the two spellings: one that is new says what the other did.
    """
    changes = {}
    for name, other in (("no_proxy", "NO_PROXY"), ("NO_PROXY", "no_proxy")):
        given = environment.get(name) or environment.get(other, "")
        hosts = [host.strip() for host in given.split(",") if host.strip()]
        changes[name] = ",".join([*hosts, *(host for host in HOSTS if host not in hosts)])
    return changes
