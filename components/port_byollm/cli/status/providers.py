"""The organization's providers and their models, as Port has them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from port_byollm.catalogue import models_for
from port_byollm.cli.table import table
from port_byollm.client.wire import LlmProvider


@dataclass(frozen=True)
class Providers:
    registered: Sequence[LlmProvider]
    managed: Collection[str]
    """Names of the providers that the stack manages."""

    def to_json(self) -> list[dict[str, Any]]:
        return [
            {
                "provider": each.provider,
                "enabled": each.enabled,
                "models": _models(each),
                "managed": each.provider in self.managed,
            }
            for each in self.registered
        ]

    def lines(self) -> Iterator[str]:
        if not self.registered:
            yield "The organization has registered no provider."
            return
        rows = [("PROVIDER", "STATE", "MANAGED", "MODEL", "STATE")]
        for each in self.registered:
            head = (each.provider, _switch(each.enabled), "yes" if each.provider in self.managed else "no")
            models = sorted(_models(each).items(), key=lambda model: (not model[1], model[0]))
            for model, enabled in models or [("", False)]:
                rows.append((*head, model, _switch(enabled) if model else ""))
                head = ("", "", "")
        yield from table(rows)


def _models(provider: LlmProvider) -> dict[str, bool]:
    """Return model -> whether it is enabled, without other providers' models, which Port also lists."""
    own = models_for(provider.provider)
    return {
        name: model.enabled
        for name, model in provider.models.items()
        if model.enabled or not own or name in own
    }


def _switch(enabled: bool) -> str:
    return "enabled" if enabled else "disabled"
