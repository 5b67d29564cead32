"""The secrets that a test comes across, and the places where one of them is written in plain text."""

import base64
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from port_byollm.iam.trust_policy import external_ids_of

from .conftest import Local

# Where `sandbox status --show-secrets` has its answer from; nobody else may read it.
CREDENTIALS = "sandbox.json"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"


class Canaries:
    """What both sides keep secret, of now and of before: a rotation leaves older ones behind."""

    def __init__(self, local: Local, export: Callable[[], str] | None = None, /, **more: str) -> None:
        """`export` gives a stack's state in plain text, by default that of `local`; nothing while there is no
        stack. `more` are values by what they are called."""
        self._local = local
        self._export = export or partial(_export, local)
        sandbox = local.sandbox()
        self._names = {value: name for name, value in more.items()}
        self._names |= {each["apiKey"]: f"{name}'s API key" for name, each in sandbox["upstreams"].items()}
        for who in ("admin", "member"):
            self._names[sandbox["port"][who]["clientSecret"]] = f"the {who}'s client secret"

    def leaks(self, said: str = "") -> list[str]:
        """Each secret that is in `said`, what a command has printed, or in a file of the test: state,
        history, backups, configuration, logs of the engine and of both sides."""
        self._look_around()
        texts = {Path("what was printed"): said.encode()}
        for folder in (self._local.directory, self._local.directory / "sandbox"):  # which is a link
            for path in folder.rglob("*"):
                if path.is_file() and path.name != CREDENTIALS:
                    texts[path.relative_to(self._local.directory)] = path.read_bytes()
        return [
            f"{name} in {path}"
            for value, name in self._names.items()
            for path, text in texts.items()
            if any(form in text for form in _forms(value))
        ]

    def _look_around(self) -> None:
        """Note what has become a secret since."""
        for role in self._local.iam().list_roles()["Roles"]:
            for value in external_ids_of(role["AssumeRolePolicyDocument"]):
                self._names.setdefault(value, f"external ID {len(self._names)}")
        # Of an access key the state alone knows the secret half.
        deployment = json.loads(self._export() or "{}").get("deployment", {})
        for resource in deployment.get("resources", []):
            if resource["type"] == ACCESS_KEY and "secret" in resource.get("outputs", {}):
                value = _plain(resource["outputs"]["secret"])
                self._names.setdefault(value, f"secret access key {len(self._names)}")


def _export(local: Local) -> str:
    return local.command("pulumi", "stack", "export", "--stack", "local", "--show-secrets").stdout


def _plain(value: Any) -> str:
    return str(json.loads(value["plaintext"])) if isinstance(value, dict) else str(value)


def _forms(value: str) -> set[bytes]:
    """A value as it stands, and as it may be written in a URL or in base64, at any offset."""
    encoded = {base64.b64encode(b"\0" * pad + value.encode())[4:-4] for pad in range(3)}
    return {value.encode(), quote(value, safe="").encode(), *encoded}
