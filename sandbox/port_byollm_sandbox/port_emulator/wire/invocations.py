"""Requests to Port AI."""

from typing import Any, Literal

from port_byollm_sandbox.port_emulator import store
from port_byollm_sandbox.port_emulator.wire.body import Body


class Invoke(Body):
    """`provider` and `model` default to the organization's defaults. The prompts are not sent anywhere."""

    user_prompt: str
    tools: list[str]
    labels: dict[str, str] | None = None
    provider: str | None = None
    model: str | None = None
    system_prompt: str | None = None
    execution_mode: Literal["Automatic", "Approval Required"] | None = None


def invocation(invocation: store.Invocation) -> dict[str, Any]:
    answer = {
        "invocationIdentifier": invocation.identifier,
        "status": invocation.status,
        "message": invocation.message,
    }
    return answer | ({"error": "internal_error"} if invocation.status == "Failed" else {})
