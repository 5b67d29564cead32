"""`port-byollm status`."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from port_byollm.cli.stack import Stack, takes_stack

if TYPE_CHECKING:
    from port_byollm.client.wire import LlmDefaults, LlmProvider, SecretInfo

_PROVIDER = "port-byollm:index:LlmProvider"
_EXTERNAL_ID = "port-byollm:index:ExternalId"
_PORT = "port"


@click.command
@takes_stack
@click.option("--json", "as_json", is_flag=True, help="Print it for scripts.")
def command(stack: Stack, as_json: bool) -> None:
    """Say what a request to Port AI gets, and why.

    With it: the providers that the organisation has with their models, what the stack manages, and where the
    external ID's rotation stands. Port is only read; the credentials of a member will do.
    """
    config, state = stack.config(), State(stack.resources(show_secrets=True))
    with stack.environment():
        from port_byollm.cli.organization import port_client

        async def ask() -> Status:
            async with port_client(stack, config) as port:
                secret_name = state.external_id_secret_name
                defaults, providers, secret = await asyncio.gather(
                    port.llm_providers.get_defaults(),
                    port.llm_providers.all(),
                    port.secrets.get(secret_name) if secret_name else _nothing(),
                )
            return Status.of(stack.name, config, state, defaults, providers, secret)

        status = asyncio.run(ask())
    if as_json:
        click.echo(json.dumps(status.to_json(), indent=2))
    else:
        click.echo("\n".join(status.lines(date.today())))


async def _nothing() -> None:
    return None


@dataclass(frozen=True)
class State:
    """The resources of a stack's state as the engine exports them, with secrets."""

    resources: Sequence[Mapping[str, Any]]

    def managed(self) -> list[dict[str, str]]:
        """What there is outside the state; `id` is Port's or AWS's."""
        return [
            {"type": each["type"], "name": name_of(each), "id": each["id"]}
            for each in self.resources
            if each.get("id") and not each["type"].startswith("pulumi:") and each["type"] != _EXTERNAL_ID
        ]

    def providers(self) -> set[str]:
        return {each["id"] for each in self.resources if each["type"] == _PROVIDER}

    @property
    def external_id(self) -> Mapping[str, Any] | None:
        """The outputs of the external ID."""
        return next((each["outputs"] for each in self.resources if each["type"] == _EXTERNAL_ID), None)

    @property
    def external_id_secret_name(self) -> str | None:
        """Name of the Port secret that the registration takes it from."""
        if self.external_id is None:
            return None
        configs = (each["outputs"].get("config", {}) for each in self.resources if each["type"] == _PROVIDER)
        return next((name for config in configs if (name := config.get("externalIdSecretName"))), None)


def name_of(resource: Mapping[str, Any]) -> str:
    """Its logical name, the end of `urn:pulumi:<stack>::<project>::<types>::<name>`."""
    return str(resource["urn"]).split("::", 3)[3]


@dataclass(frozen=True)
class Request:
    """What a request gets that names neither provider nor model (Port, "Selecting an LLM provider")."""

    provider: str
    model: str
    is_organizations: bool
    """Whether this is the organisation's default; else it is the system's."""
    problem: str | None
    """Why the request fails all the same."""

    @classmethod
    def of(cls, defaults: "LlmDefaults", providers: Sequence["LlmProvider"]) -> "Request":
        return cls(
            defaults.provider,
            defaults.model,
            defaults.is_organizations,
            _problem(defaults.provider, defaults.model, providers),
        )


def _problem(provider: str, model: str, providers: Sequence["LlmProvider"]) -> str | None:
    """What Port checks before it runs a request, in its order."""
    found = next((each for each in providers if each.provider == provider), None)
    if found is None:
        return None if provider == _PORT else f"{provider} is not registered"
    if not found.enabled:
        return f"{provider} is disabled"
    if found.models and model not in found.effective_models:
        return f"{model} is not enabled for {provider}"
    return None


@dataclass(frozen=True)
class ExternalId:
    """The external ID in use. `since` is ISO 8601 as Port tells it, None where the secret is gone."""

    rotation: str
    secret_name: str | None
    since: str | None
    previous_accepted: bool
    previous_until: date | None

    def lines(self, today: date) -> Iterator[str]:
        since = f"since {self.since}" if self.since else "but Port has no such secret"
        yield f"External ID: rotation {self.rotation}, in Port's secret {self.secret_name} {since}."
        if not self.previous_accepted:
            return
        until = f" until {self.previous_until}" if self.previous_until else ""
        yield f"  What was before it is still accepted{until}."
        if self.previous_until and today > self.previous_until:
            yield "  That day is over: `port-byollm rotate external-id` drops it."


@dataclass(frozen=True)
class Status:
    stack: str
    request: Request
    providers: Sequence["LlmProvider"]
    state: State
    external_id: ExternalId | None

    @classmethod
    def of(
        cls,
        stack: str,
        config: Mapping[str, Any],
        state: State,
        defaults: "LlmDefaults",
        providers: Sequence["LlmProvider"],
        secret: "SecretInfo | None",
    ) -> "Status":
        from port_byollm.cli.doctor.plan import Plan

        external_id = None
        if outputs := state.external_id:
            external_id = ExternalId(
                outputs["rotation"],
                state.external_id_secret_name,
                secret.updated_at if secret else None,
                bool(plain_secret(outputs.get("previous"))),
                Plan(config).previous_until(),
            )
        return cls(stack, Request.of(defaults, providers), providers, state, external_id)

    def to_json(self) -> dict[str, Any]:
        managed, request = self.state.providers(), self.request
        return {
            "stack": self.stack,
            "request": {
                "provider": request.provider,
                "model": request.model,
                "default": "organization" if request.is_organizations else "system",
                "problem": request.problem,
            },
            "providers": [
                {
                    "provider": each.provider,
                    "enabled": each.enabled,
                    "models": _models(each),
                    "managed": each.provider in managed,
                }
                for each in self.providers
            ],
            "manages": self.state.managed(),
            "externalId": self.external_id
            and {
                "rotation": self.external_id.rotation,
                "secretName": self.external_id.secret_name,
                "since": self.external_id.since,
                "previousAccepted": self.external_id.previous_accepted,
                "previousUntil": self.external_id.previous_until and str(self.external_id.previous_until),
            },
        }

    def lines(self, today: date) -> Iterator[str]:
        request = self.request
        whose = (
            "the organisation's default"
            if request.is_organizations
            else "the system's default: the organisation has set none"
        )
        yield "A request that names neither provider nor model gets"
        yield f"  {request.model} of {request.provider} ({whose})."
        if request.problem:
            yield f"  It fails: {request.problem}, and Port falls back to nothing."
        yield ""
        yield from self._provider_lines()
        yield ""
        yield from self._managed_lines()
        if self.external_id:
            yield ""
            yield from self.external_id.lines(today)

    def _provider_lines(self) -> Iterator[str]:
        if not self.providers:
            yield "The organisation has registered no provider."
            return
        rows = [("PROVIDER", "STATE", "MANAGED", "MODEL", "STATE")]
        managed = self.state.providers()
        for each in self.providers:
            own = "yes" if each.provider in managed else "no"
            head = (each.provider, _switch(each.enabled), own)
            models = sorted(_models(each).items(), key=lambda model: (not model[1], model[0]))
            for model, enabled in models or [("", False)]:
                rows.append((*head, model, _switch(enabled) if model else ""))
                head = ("", "", "")
        yield from _table(rows)

    def _managed_lines(self) -> Iterator[str]:
        managed = self.state.managed()
        if not managed:
            yield f"The stack {self.stack} manages nothing."
            return
        yield f"The stack {self.stack} manages"
        yield from _table(
            [("TYPE", "NAME", "ID"), *((each["type"], each["name"], each["id"]) for each in managed)]
        )


def plain_secret(value: Any) -> Any:
    """What stands behind a secret of an export with `--show-secrets`: `{"plaintext": "<JSON>", …}`."""
    if isinstance(value, Mapping) and "plaintext" in value:
        return json.loads(value["plaintext"])
    return value


def _models(provider: "LlmProvider") -> dict[str, bool]:
    """Model -> whether it is enabled; without those of Port's list that are another provider's."""
    from port_byollm.catalogue import models_for

    own = models_for(provider.provider)
    return {
        name: model.enabled
        for name, model in provider.models.items()
        if model.enabled or not own or name in own
    }


def _switch(enabled: bool) -> str:
    return "enabled" if enabled else "disabled"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
