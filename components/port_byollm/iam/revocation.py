"""What stops a role or a user at once: AWS's own pattern for revoking sessions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from port_byollm.iam.documents import PolicyDocument, Statement

POLICY_NAME = "AWSRevokeOlderSessions"
"""Of the inline policy; AWS's console gives it the same name."""

_CLOSED = "RevokedNobodyMayAssume"


def closed_trust() -> PolicyDocument:
    """A trust policy by which nobody may assume the role.

    It replaces what was there rather than add to it, which might outgrow IAM's quota.
    """
    return PolicyDocument((Statement(_CLOSED, "sts:AssumeRole", principals=("*",), effect="Deny"),))


def is_closed(trust_policy: Mapping[str, Any]) -> bool:
    """Whether a trust policy (as IAM returns it, parsed) is `closed_trust`."""
    statements = trust_policy.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    return any(isinstance(one, Mapping) and one.get("Sid") == _CLOSED for one in listed)


def older_sessions_denied(moment: datetime) -> PolicyDocument:
    """A policy that denies everything to sessions whose credentials were issued before `moment` (aware).

    Requests with an access key carry no `aws:TokenIssueTime`, and are not denied by it.
    """
    before = {"DateLessThan": {"aws:TokenIssueTime": moment.isoformat(timespec="seconds")}}
    return PolicyDocument((Statement("OlderSessions", "*", resource="*", condition=before, effect="Deny"),))
