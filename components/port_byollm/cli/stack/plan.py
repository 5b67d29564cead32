"""What a stack's configuration asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from port_byollm import defaults
from port_byollm.cli.stack.local_state import NAME as SANDBOX
from port_byollm.cli.stack.stack import Stack

if TYPE_CHECKING:
    from port_byollm.catalogue import Model
    from port_byollm.stack_config import Bedrock, ModelAccess, SignIn, StackConfig, Target


@dataclass(frozen=True)
class Plan:
    """A stack's configuration by full keys (`byollm:bedrock`), with typed access to it.

    If parts are invalid, it has the valid ones: looking for errors, or stopping Port's gateway at once,
    cannot wait for a fix. What is written, or printed for others to rely on, needs a configuration that is
    entirely valid (`port_byollm.stack_config.parse`).
    """

    config: Mapping[str, Any]
    is_sandbox: bool = False
    """Whether it is the sandbox's stack, which needs no model access."""

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Raises PortByollmError if the engine cannot read the configuration."""
        return cls(stack.config(), stack.name == SANDBOX)

    @cached_property
    def asked(self) -> "StackConfig":
        """The valid sections that the stack manages."""
        from port_byollm.stack_config import salvage  # imported late: pydantic is slow

        return salvage(self.config).own()

    @cached_property
    def sign_in(self) -> "SignIn | None":
        """How the gateway signs in, whatever else is invalid; None if the stack does not manage Bedrock."""
        from port_byollm.stack_config import salvage_sign_in

        return salvage_sign_in(self.config) if "bedrock" in self.asked.managed else None

    @property
    def target(self) -> "Target | None":
        """Raises ConfigError if it is invalid."""
        from port_byollm.stack_config import parse

        return parse(self.config, "target").target

    @property
    def bedrock(self) -> "Bedrock | None":
        return self.asked.bedrock

    @property
    def model_access(self) -> "ModelAccess | None":
        """What the update requests from AWS and Anthropic for access to models."""
        return self.bedrock.model_access if self.bedrock else None

    def setting(self, key: str) -> str | None:
        """Return a text setting; None if it is missing or empty."""
        value = self.config.get(key)
        return None if value in (None, "") else str(value)

    @property
    def geography(self) -> str:
        return self.bedrock.geography if self.bedrock else ""

    @property
    def is_pinned(self) -> bool:
        return (self.bedrock.scope if self.bedrock else defaults.SCOPE) == "pinned"

    def models(self) -> "list[Model]":
        """Return the configured Bedrock models, with `all` expanded. Raises ConfigError."""
        from port_byollm.catalogue import bedrock_models, parse_model

        if self.bedrock is None:
            return []
        if self.bedrock.models == "all":
            return bedrock_models(
                self.geography, allow_end_of_life=self.bedrock.allow_end_of_life, today=date.today()
            )
        return [parse_model(name, "byollm:bedrock.models") for name in self.bedrock.models]

    def previous_until(self) -> date | None:
        """Return the last day on which previous external IDs may be trusted; None if none is configured."""
        external_id = self.sign_in.external_id if self.sign_in else None
        return external_id.previous_until if external_id and external_id.keep_previous else None
