"""What the stack's configuration asks for, as far as something outside it has to be there.

Read leniently: whether the configuration itself holds is what a preview says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from port_byollm.catalogue import Lifecycle, Model, models_for, parse_model
from port_byollm.cli.local_state import NAME as SANDBOX
from port_byollm.cli.stack import Stack
from port_byollm.errors import ConfigError

API_KEY_PROVIDERS = ("openai", "anthropic", "azure-openai")


@dataclass(frozen=True)
class Plan:
    """The configuration by full keys (`byollm:bedrock`), with questions that it answers."""

    config: Mapping[str, Any]
    is_sandbox: bool = False
    """Whether it is the sandbox's, which asks for no access to models."""

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Raises PortByollmError where the engine does not give it."""
        return cls(stack.config(), stack.name == SANDBOX)

    def asks_for(self, name: str) -> bool:
        """Whether there is a `byollm:<name>`, and this stack manages it."""
        manages = (self.config.get("byollm:target") or {}).get("manages")
        managed = name == "target" or manages is None or name in manages
        return managed and isinstance(self.config.get(f"byollm:{name}"), Mapping)

    def section(self, *path: str) -> Mapping[str, Any]:
        """`section("bedrock", "externalId")` is `byollm:bedrock.externalId`; empty if nobody asks for it."""
        found: Any = self.config[f"byollm:{path[0]}"] if self.asks_for(path[0]) else None
        for key in path[1:]:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def setting(self, key: str) -> str | None:
        """A setting of text; None where it is not there."""
        value = self.config.get(key)
        return None if value in (None, "") else str(value)

    @property
    def geography(self) -> str:
        return str(self.section("bedrock").get("geography", ""))

    @property
    def is_pinned(self) -> bool:
        return str(self.section("bedrock").get("scope", "pinned")) == "pinned"

    def models(self) -> list[Model]:
        """The models on Bedrock that are asked for; of `all`, those that it offers. Raises ConfigError."""
        if not self.asks_for("bedrock"):
            return []
        wanted = self.section("bedrock").get("models")
        if wanted == "all":
            known = [parse_model(name) for name in models_for("bedrock")]
            return [
                model
                for model in known
                if self.geography in model.profiles
                and (self.allows_end_of_life or model.lifecycle(date.today()) is not Lifecycle.END_OF_LIFE)
            ]
        if not isinstance(wanted, list):
            raise ConfigError("byollm:bedrock.models", "neither a list of models nor all")
        return [parse_model(str(name), "byollm:bedrock.models") for name in wanted]

    @property
    def makes_agreements(self) -> bool:
        """Whether the update makes the agreements for Anthropic's models: by default, where there is a
        `modelAccess` at all."""
        access = self.section("bedrock").get("modelAccess")
        return isinstance(access, Mapping) and bool(access.get("agreements", True))

    @property
    def identity(self) -> str:
        """The section of `byollm:bedrock` about the role or the user that the gateway is to be."""
        return "accessKeys" if self.section("bedrock").get("auth") == "access-keys" else "role"

    @property
    def allows_end_of_life(self) -> bool:
        return bool(self.section("bedrock").get("allowEndOfLife", False))

    def previous_until(self) -> date | None:
        """Until when the external ID before the present one may be trusted; None where nobody said."""
        external_id = self.section("bedrock", "externalId")
        if external_id.get("keepPrevious") is False or not external_id.get("previousUntil"):
            return None
        try:
            return date.fromisoformat(str(external_id["previousUntil"]))
        except ValueError:
            raise ConfigError(
                "byollm:bedrock.externalId.previousUntil",
                f"{external_id['previousUntil']!r} is not a date",
                "write it as 2026-12-31",
            ) from None
