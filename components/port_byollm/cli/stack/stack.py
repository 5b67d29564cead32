"""A stack, as commands other than `pulumi` access it through the engine."""

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

SECRET = "[secret]"  # noqa: S105 - what the engine prints in place of a secret
"""Stands for each secret in `Stack.config`."""

_CONFIGURED = ("config", "destroy", "import", "preview", "refresh", "up")  # commands with --config-file


@dataclass(frozen=True)
class Stack:
    """A stack of the project. `config_file` is its configuration file if not the default one."""

    name: str
    config_file: Path | None = None

    @classmethod
    def named(cls, name: str | None, config_file: Path | None = None) -> "Stack":
        """Return the stack `name`; without a name, the one that `port-byollm pulumi` uses.

        Raises ConfigError if there is no such stack.
        """
        found = stack_name(Invocation((), name, None))
        if config_file is None:
            check_stack_exists(found)
        return cls(found, config_file)

    def pulumi(self, *arguments: str, stdin: str = "") -> str:
        """Return the output of `pulumi <arguments>`. Raises PortByollmError with its message if it fails."""
        done = self._captured(arguments, stdin)
        if done.returncode != 0:
            raise _failure(done)
        return done.stdout

    def preview_errors(self, *arguments: str) -> list[str]:
        """Return the errors of a preview with `arguments`, one line each; empty if it succeeds.

        Raises PortByollmError if the preview did not run or fails without an error message.
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
        """Run `pulumi <arguments>` in the terminal and return its exit code."""
        path, whole, env = prepare(self._whole(arguments))
        with subprocess.Popen([path, *whole], env=env) as engine:
            while True:
                try:
                    return engine.wait()
                except KeyboardInterrupt:
                    pass  # the engine gets it too, and shuts down cleanly

    def config(self) -> dict[str, Any]:
        """Return the configuration by full keys (`byollm:bedrock`), with `SECRET` for each secret."""
        settings = json.loads(self.pulumi("config", "--json"))
        stored = self._stored_config() if any(entry.get("secret") for entry in settings.values()) else {}
        return {
            key: entry.get("objectValue", entry.get("value", _veiled(stored.get(key))))
            for key, entry in settings.items()
        }

    def written_config(self) -> dict[str, Any]:
        """Return the same from the file alone: without engine or backend, which need not know the stack."""
        stored = self._stored_config()
        return {key: _veiled(value) for key, value in stored.items() if value is not None}

    def _stored_config(self) -> Mapping[str, Any]:
        """Read the configuration file: the engine shows nothing of a section that contains a secret."""
        import yaml  # imported late: not every command needs it

        path = self._configuration_file
        return ((yaml.safe_load(path.read_text()) if path.is_file() else None) or {}).get("config") or {}

    def edit_config(self, *arguments: str) -> None:
        """Run `pulumi config <arguments>`, which keeps comments and order, on the configuration file.

        The engine writes in place, and a kill could leave the file empty: it gets a draft. Raises ConfigError
        if there is no file.
        """
        with self._draft() as draft:
            draft.write_bytes(self.read_configuration())
            replace(self, config_file=draft).pulumi("config", *arguments)

    def read_configuration(self) -> bytes:
        """Return the content of the configuration file. Raises ConfigError if there is none."""
        path = self._configuration_file
        if not path.is_file():
            raise ConfigError(str(path), "there is no such file", "name the configuration with --config-file")
        return path.read_bytes()

    def write_configuration(self, content: bytes) -> None:
        """Replace the configuration file atomically."""
        with self._draft() as draft:
            draft.write_bytes(content)

    @property
    def _configuration_file(self) -> Path:
        return self.config_file or configuration_file(self.name)

    @contextmanager
    def _draft(self) -> Iterator[Path]:
        """Yield a file beside the configuration file, and replace that with it at the end."""
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
        """Return the resources of the state (`urn`, `type`, `id`, `inputs`, `outputs`).

        A secret is ciphertext or, with `show_secrets`, `{"plaintext": "<its JSON>"}`.
        """
        export = ("stack", "export", *(("--show-secrets",) if show_secrets else ()))
        deployment = json.loads(self.pulumi(*export)).get("deployment") or {}
        return list(deployment.get("resources") or [])

    def edit_state(self, edit: Callable[[list[dict[str, Any]]], None]) -> None:
        """Let `edit` change the resources of the state, in the form that `resources` returns.

        The engine validates the result. It encrypts values made by `secret` before it stores anything; until
        then, they are only in the memory of the two processes.
        """
        state = json.loads(self.pulumi("stack", "export"))
        edit(state["deployment"].setdefault("resources", []))
        self.pulumi("stack", "import", stdin=json.dumps(state))

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Give this process the engine's environment, so that boto3 finds the same credentials."""
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
    """Return a value of a configuration file, with `SECRET` for encrypted and for missing values."""
    if stored is None or (isinstance(stored, Mapping) and stored.keys() == {"secure"}):
        return SECRET
    if isinstance(stored, Mapping):
        return {key: _veiled(value) for key, value in stored.items()}
    if isinstance(stored, date):
        return stored.isoformat()  # YAML has dates, configurations do not
    return [_veiled(value) for value in stored] if isinstance(stored, list) else stored


def _failure(done: "subprocess.CompletedProcess[str]") -> PortByollmError:
    message = (done.stderr or done.stdout).strip().removeprefix("error: ")
    return PortByollmError(f"`pulumi {' '.join(done.args[1:])}`: {message}")


def secret(value: object) -> dict[str, str]:
    """Return `value` as a plain-text secret of a state, for the engine to encrypt."""
    # The signature of a secret: `sdk/go/common/resource/sig` in pulumi/pulumi.
    return {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "plaintext": json.dumps(value),
    }


def names_stack(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--stack` and `--config-file`, the arguments of `Stack.named`."""
    for option in (
        click.option(
            "--config-file",
            type=click.Path(dir_okay=False, path_type=Path),
            help="The stack's configuration file. Default: Pulumi.<stack>.yaml.",
        ),
        click.option(
            "--stack", "-s", "name", help="The stack. Default: PULUMI_STACK, the selected stack, or local."
        ),
    ):
        command = option(command)
    return command


def takes_stack(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--stack` and `--config-file`, and pass the Stack that they name as `stack`."""

    @names_stack
    @wraps(command)
    def with_stack(name: str | None, config_file: Path | None, **options: object) -> None:
        command(stack=Stack.named(name, config_file), **options)

    return with_stack


def _set_environment(environment: Mapping[str, str]) -> None:
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
