"""Organization settings -> AI: the providers, their models, and the default."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from port_byollm.catalogue import models_for
from port_byollm_sandbox.port_emulator import selection, wire
from port_byollm_sandbox.port_emulator.pages import template
from port_byollm_sandbox.port_emulator.pages.form import fields
from port_byollm_sandbox.port_emulator.pages.paths import AI
from port_byollm_sandbox.port_emulator.pages.port import Refused
from port_byollm_sandbox.port_emulator.pages.session import Session

DEFAULTS = "/v1/llm-providers/defaults"


@dataclass(frozen=True)
class Provider:
    """A provider as the page shows it. `models`: name -> whether requests may use it."""

    name: str
    enabled: bool
    models: dict[str, bool]
    settings: dict[str, str]
    missing: tuple[str, ...]
    """Secrets that it names and that do not exist."""
    stamp: str | None

    @property
    def usable(self) -> list[str]:
        return [name for name, on in self.models.items() if on and self.enabled]


async def show(request: Request) -> Response:
    return await _page(Session.of(request))


async def save(request: Request) -> Response:
    session = Session.of(request)
    form = await fields(request)
    wanted = {name: form.get(name, "") for name in ("provider", "model")}
    try:
        await session.call("PUT", DEFAULTS, wanted)
    except Refused as refused:
        return await _page(session, refused, wanted)
    return RedirectResponse(f"{AI}?done=default", 303)


async def _page(
    session: Session, refused: Refused | None = None, wanted: dict[str, str] | None = None
) -> Response:
    defaults = (await session.call("GET", DEFAULTS))["result"]
    providers = await _providers(session, defaults["provider"])
    return template.render(
        session.request,
        "ai",
        session.caller,
        refused.status if refused else 200,
        problem=refused.message if refused else None,
        defaults=defaults,
        chosen=wanted or defaults,
        providers=providers,
        names={provider.name for provider in providers},
        usable={model for provider in providers for model in provider.usable},
    )


async def _providers(session: Session, default: str) -> list[Provider]:
    """Return all providers that requests may name: the default first, Port's own last."""
    registered = (await session.call("GET", "/v1/llm-providers"))["result"]
    secrets = (await session.call("GET", "/v1/organization/secrets"))["secrets"]
    existing = {secret["secretName"] for secret in secrets}
    own = selection.PORT.provider
    if own not in [shape["provider"] for shape in registered]:
        registered.append(wire.llm_provider(selection.PORT))
    providers = [_provider(shape, existing) for shape in registered]
    return sorted(
        providers, key=lambda provider: (provider.name != default, provider.name == own, provider.name)
    )


def _provider(shape: dict[str, Any], secrets: set[str]) -> Provider:
    name = shape["provider"]
    models = {model: bool(state["enabled"]) for model, state in shape["effectiveModels"].items()}
    own = models_for(name)
    named = wire.secret_names(wire.parse_config(name, shape["config"]))
    return Provider(
        name,
        shape["enabled"],
        {model: on for model, on in models.items() if on or model in own},
        dict(_flat(shape["config"])),
        tuple(secret for secret in named if secret not in secrets),
        shape.get("updatedAt"),
    )


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else key)
    else:
        yield path, str(value)
