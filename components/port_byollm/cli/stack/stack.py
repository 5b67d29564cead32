"""A stack, as commands other than `pulumi` see it: by way of the engine."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

import click

from port_byollm.cli.pulumi import prepare, stack_name
from port_byollm.cli.pulumi.invocation import Invocation
from port_byollm.cli.stack.project import check_stack_exists, configuration_file
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
        """The stack `name`; without one, that which `port-byollm pulumi` takes.

        Raises ConfigError where there is none of that name.
        """
        found = stack_name(Invocation((), name, None))
        if config_file is None:
            check_stack_exists(found)
        return cls(found, config_file)

    def pulumi(self, *arguments: str, stdin: str = "") -> str:
        """What `pulumi <arguments>` prints. Raises PortByollmError with what it says when it fails."""
        done = self._captured(arguments, stdin)
        if done.returncode != 0:
            raise _failure(done)
        return done.stdout

    def preview_errors(self, *arguments: str) -> list[str]:
        """What a preview with `arguments` says is wrong, each in one line; nothing where it comes to its end.

        Raises PortByollmError where there is no preview.
        """
        done = self._captured(("preview", "--json", *arguments))
        try:
            diagnostics = json.loads(done.stdout).get("diagnostics") or []
        except ValueError:
            raise _failure(done) from None
        errors = [each["message"] for each in diagnostics if each["severity"] == "error"]
        if done.returncode != 0 and not errors:
            raise _failure(done)
        return [" ".join(error.removeprefix("error: ").split()) for error in errors]

    def _captured(self, arguments: tuple[str, ...], stdin: str = "") -> "subprocess.CompletedProcess[str]":
        path, whole, env = prepare(self._whole(arguments))
        command = [str(path), *whole]
        return subprocess.run(command, env=env, input=stdin, capture_output=True, text=True, check=False)

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
        stored = self._stored_config() if any(entry.get("secret") for entry in settings.values()) else {}
        return {
            key: entry.get("objectValue", entry.get("value", _veiled(stored.get(key))))
            for key, entry in settings.items()
        }

    def written_config(self) -> dict[str, Any]:
        """The same as its file has it: neither engine nor backend is asked, and need know the stack."""
        stored = self._stored_config()
        return {key: _veiled(value) for key, value in stored.items() if value is not None}

    def _stored_config(self) -> Mapping[str, Any]:
        """The configuration as its file has it: the engine tells nothing of a section with a secret in it."""
        import yaml  # not every command waits for it

        path = self._configuration_file
        return ((yaml.safe_load(path.read_text()) if path.is_file() else None) or {}).get("config") or {}

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
        edit(state["deployment"].setdefault("resources", []))
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


def _veiled(stored: Any) -> Any:
    """A value of a configuration file with `SECRET` for what is encrypted, and for what is not there."""
    if stored is None or (isinstance(stored, Mapping) and stored.keys() == {"secure"}):
        return SECRET
    if isinstance(stored, Mapping):
        return {key: _veiled(value) for key, value in stored.items()}
    if isinstance(stored, date):
        return stored.isoformat()  # YAML has dates, a configuration has none
    return [_veiled(value) for value in stored] if isinstance(stored, list) else stored


def _failure(done: "subprocess.CompletedProcess[str]") -> PortByollmError:
    said = (done.stderr or done.stdout).strip().removeprefix("error: ")
    return PortByollmError(f"`pulumi {' '.join(done.args[1:])}`: {said}")


def secret(value: object) -> dict[str, str]:
    """`value` as a secret that a state has in plain text, for the engine to encrypt."""
    # The keys by which the engine knows it: `sdk/go/common/resource/sig` of pulumi/pulumi.
    return {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "plaintext": json.dumps(value),
    }


def names_stack(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command `--stack` and `--config-file`, the arguments of `Stack.named`."""
    for option in (
        click.option(
            "--config-file",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Its configuration, where that lies elsewhere.",
        ),
        click.option("--stack", "-s", "name", help="The stack; by default as for `port-byollm pulumi`."),
    ):
        command = option(command)
    return command


def takes_stack(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command `--stack` and `--config-file`, and what they mean as its argument `stack`."""

    @names_stack
    @wraps(command)
    def with_stack(name: str | None, config_file: Path | None, **options: object) -> None:
        command(stack=Stack.named(name, config_file), **options)

    return with_stack


def _set_environment(environment: Mapping[str, str]) -> None:
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
