"""The actions that a connection needs."""

from collections.abc import Mapping
from typing import Any

from port_byollm.iam.candidates import APPLY_GUARDRAIL
from port_byollm.iam.permissions import Permissions

MARKETPLACE: Mapping[str, Mapping[str, Any]] = {
    "marketplace": {
        "type": "boolean",
        "default": False,
        "description": "Accept subscriptions to models in AWS Marketplace, which Bedrock makes at first use.",
    }
}

_MARKETPLACE = ("aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions")


def other_actions(permissions: Permissions, settings: Mapping[str, Any]) -> list[str]:
    """Return the permitted actions besides inference and, if `marketplace` is set, subscriptions."""
    return [action for action in permissions.actions if not _is_accepted(action, settings)]


def _is_accepted(action: str, settings: Mapping[str, Any]) -> bool:
    # Any future action InvokeModel… is inference too.
    if action.startswith("bedrock:InvokeModel") or action == APPLY_GUARDRAIL:
        return True
    return bool(settings["marketplace"]) and action in _MARKETPLACE
