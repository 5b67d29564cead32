"""A plugin of proxy.py: the names that only the proxy can resolve."""

import os
from pathlib import Path

from proxy.http.proxy import HttpProxyBasePlugin


class Names(HttpProxyBasePlugin):
    """Every name is this machine. Each that was asked for is noted in the file NAMES_ASKED_FOR."""

    def resolve_dns(self, host: str, port: int) -> tuple[str, None]:
        with Path(os.environ["NAMES_ASKED_FOR"]).open("a") as file:
            file.write(f"{host}\n")
        return "127.0.0.1", None
