"""The defaults of an organization."""

from typing import Any

from port_byollm_sandbox.port_emulator import store
from port_byollm_sandbox.port_emulator.wire.body import Body
from port_byollm_sandbox.port_emulator.wire.stamps import stamps


class PutLlmDefaults(Body):
    provider: str
    model: str


def llm_defaults(defaults: store.LlmDefaults) -> dict[str, Any]:
    return {"provider": defaults.provider, "model": defaults.model} | stamps(defaults.stamps)
