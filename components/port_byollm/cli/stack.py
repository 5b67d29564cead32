"""A stack, as commands other than `pulumi` see it: by way of the engine."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from port_byollm.cli.invocation import Invocation
from port_byollm.cli.project import configuration_file
from port_byollm.cli.pulumi import prepare, stack_name
from port_byollm.errors import ConfigError, PortByollmError

SECRET = "[secret]"  # noqa: S105 - what the engine prints in place of one
"""Stands in `Stack.config` wherever the configuration has a secret."""

_CONFIGURED = ("config", "destroy", "import", "preview", "refresh", "up")  # commands with --config-file


@dataclass(frozen=True)
class Stack:
    """A stack of the project here. `config_file` is its configuration, where that lies elsewhere."""

    name: str
    config_file: Path | None = None

    @classmethod
    def named(cls, name: str | None, config_file: Path | None = None) -> "Stack":
        """The stack `name`; without one, that which `port-byollm pulumi` takes."""
        return cls(stack_name(Invocation((), name, None)), config_file)

    def pulumi(self, *arguments: str, stdin: str = "") -> str:
        """What `pulumi <arguments>` prints. Raises PortByollmError with what it says when it fails."""
        path, whole, env = prepare(self._whole(arguments))
        done = subprocess.run(
            [path, *whole], env=env, input=stdin, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().removeprefix("error: ")
            raise PortByollmError(f"`pulumi {' '.join(whole)}`: {said}")
        return done.stdout

    def run(self, *arguments: str) -> int:
        """The exit code of `pulumi <arguments>`, which has the terminal meanwhile."""
        path, whole, env = prepare(self._whole(arguments))
        with subprocess.Popen([path, *whole], env=env) as engine:
            while True:
                try:
                    return engine.wait()
                except KeyboardInterrupt:
                    pass  # the engine got it too, and ends in good order

    def config(self) -> dict[str, Any]:
        """The configuration by full keys (`byollm:bedrock`), with `SECRET` for each secret."""
        settings = json.loads(self.pulumi("config", "--json"))
        return {key: entry.get("objectValue", entry.get("value", SECRET)) for key, entry in settings.items()}

    def edit_config(self, *arguments: str) -> None:
        """`pulumi config <arguments>`, which keeps comments and order, on the configuration file.

        The engine writes in place, and would leave it empty if it were killed just then: it gets a draft.
        Raises ConfigError where there is no file.
        """
        with self._draft() as draft:
            draft.write_bytes(self.read_configuration())
            replace(self, config_file=draft).pulumi("config", *arguments)

    def read_configuration(self) -> bytes:
        """The configuration file as it stands. Raises ConfigError where there is none."""
        path = self._configuration_file
        if not path.is_file():
            raise ConfigError(str(path), "there is no such file", "name the configuration with --config-file")
        return path.read_bytes()

    def write_configuration(self, content: bytes) -> None:
        """Replace the configuration file as a whole."""
        with self._draft() as draft:
            draft.write_bytes(content)

    @property
    def _configuration_file(self) -> Path:
        return self.config_file or configuration_file(self.name)

    @contextmanager
    def _draft(self) -> Iterator[Path]:
        """A file beside the configuration, which becomes it at the end."""
        path = self._configuration_file
        draft = path.with_name(f"{path.stem}.draft{path.suffix}")
        try:
            yield draft
            if path.exists():
                shutil.copymode(path, draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def resources(self, show_secrets: bool = False) -> list[dict[str, Any]]:
        """The resources of the state as it has them (`urn`, `type`, `id`, `inputs`, `outputs`); a secret as
        ciphertext, or as `{"plaintext": "<its JSON>"}` where asked for."""
        export = ("stack", "export", *(("--show-secrets",) if show_secrets else ()))
        deployment = json.loads(self.pulumi(*export)).get("deployment") or {}
        return list(deployment.get("resources") or [])

    def edit_state(self, edit: Callable[[list[dict[str, Any]]], None]) -> None:
        """Have `edit` change the resources of the state, each of which is as `resources` gives it.

        The engine checks what has become of them, and encrypts what is written as `secret` says before it
        stores anything; until then, it is in the memory of the two processes alone.
        """
        state = json.loads(self.pulumi("stack", "export"))
        edit(state["deployment"]["resources"])
        self.pulumi("stack", "import", stdin=json.dumps(state))

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Within, this process has the engine's environment: boto3 finds the credentials that it finds."""
        own = dict(os.environ)
        _set_environment(prepare(self._whole(("stack",)))[2])
        try:
            yield
        finally:
            _set_environment(own)

    def _whole(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        file = ("--config-file", str(self.config_file)) if self.config_file else ()
        return (*arguments, "--stack", self.name, *(file if arguments[0] in _CONFIGURED else ()))


def secret(value: object) -> dict[str, str]:
    """`value` as a secret that a state has in plain text, for the engine to encrypt."""
    # The keys by which the engine knows it: `sdk/go/common/resource/sig` of pulumi/pulumi.
    return {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "plaintext": json.dumps(value),
    }


def takes_stack(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command `--stack` and `--config-file`, and what they mean as its argument `stack`."""

    @click.option("--stack", "-s", "name", help="The stack; by default as for `port-byollm pulumi`.")
    @click.option(
        "--config-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Its configuration, where that lies elsewhere.",
    )
    @wraps(command)
    def with_stack(name: str | None, config_file: Path | None, **options: object) -> None:
        command(stack=Stack.named(name, config_file), **options)

    return with_stack


def _set_environment(environment: Mapping[str, str]) -> None:
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
