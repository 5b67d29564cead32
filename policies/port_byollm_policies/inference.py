"""Which actions a connection needs."""

from collections.abc import Mapping
from typing import Any

from port_byollm.iam.candidates import APPLY_GUARDRAIL
from port_byollm.iam.permissions import Permissions

MARKETPLACE: Mapping[str, Mapping[str, Any]] = {
    "marketplace": {
        "type": "boolean",
        "default": False,
        "description": "Accept subscribing to models in AWS Marketplace, which Bedrock does at a first call.",
    }
}

_MARKETPLACE = ("aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions")


def other_actions(permissions: Permissions, settings: Mapping[str, Any]) -> list[str]:
    """Permitted actions that are neither inference nor, unless accepted, a subscription."""
    return [one for one in permissions.actions if not _is_accepted(one, settings)]


def _is_accepted(action: str, settings: Mapping[str, Any]) -> bool:
    # Whatever AWS will call InvokeModel… is inference too.
    if action.startswith("bedrock:InvokeModel") or action == APPLY_GUARDRAIL:
        return True
    return bool(settings["marketplace"]) and action in _MARKETPLACE
