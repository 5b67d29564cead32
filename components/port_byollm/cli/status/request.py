"""What a request without provider or model gets (Port, "Selecting an LLM provider")."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from port_byollm.client.wire import LlmDefaults, LlmProvider

_PORT = "port"


@dataclass(frozen=True)
class Request:
    provider: str
    model: str
    is_organizations: bool
    """Whether this is the organization's default, and not Port's system default."""
    problem: str | None
    """Why the request fails; None if it does not."""

    @classmethod
    def of(cls, defaults: LlmDefaults, providers: Sequence[LlmProvider]) -> Self:
        problem = _problem(defaults.provider, defaults.model, providers)
        return cls(defaults.provider, defaults.model, defaults.is_organizations, problem)

    def to_json(self) -> dict[str, Any]:
        return {
            "provider": self.provider,
            "model": self.model,
            "default": "organization" if self.is_organizations else "system",
            "problem": self.problem,
        }

    def lines(self) -> Iterator[str]:
        whose = (
            "the organization's default"
            if self.is_organizations
            else "the system's default: the organization has set none"
        )
        yield "A request that names neither provider nor model gets"
        yield f"  {self.model} of {self.provider} ({whose})."
        if self.problem:
            yield f"  It fails: {self.problem}, and Port falls back to nothing."


def _problem(provider: str, model: str, providers: Sequence[LlmProvider]) -> str | None:
    """Return why Port refuses the request: the first check that fails, in Port's order."""
    found = next((each for each in providers if each.provider == provider), None)
    if found is None:
        return None if provider == _PORT else f"{provider} is not registered"
    if not found.enabled:
        return f"{provider} is disabled"
    if found.models and model not in found.effective_models:
        return f"{model} is not enabled for {provider}"
    return None
