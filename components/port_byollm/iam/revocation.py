"""Documents that cut off a role or user at once: AWS's own pattern for revoking sessions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from port_byollm.iam.documents import PolicyDocument, Statement, as_list

POLICY_NAME = "AWSRevokeOlderSessions"
"""The name of the inline policy, as AWS's console names it."""

_CLOSED = "RevokedNobodyMayAssume"


def closed_trust() -> PolicyDocument:
    """Return a trust policy that lets nobody assume the role.

    It replaces the role's trust policy: adding a statement might exceed IAM's quota.
    """
    return PolicyDocument((Statement(_CLOSED, "sts:AssumeRole", principals=("*",), effect="Deny"),))


def is_closed(trust_policy: Mapping[str, Any]) -> bool:
    """Whether a trust policy (as IAM returns it, parsed) is `closed_trust`."""
    statements = as_list(trust_policy.get("Statement"))
    return any(isinstance(one, Mapping) and one.get("Sid") == _CLOSED for one in statements)


def older_sessions_denied(moment: datetime) -> PolicyDocument:
    """Return a policy that denies everything to sessions with credentials issued before `moment` (aware).

    It does not stop a user's access key: requests with one have no `aws:TokenIssueTime`.
    """
    before = {"DateLessThan": {"aws:TokenIssueTime": moment.isoformat(timespec="seconds")}}
    return PolicyDocument((Statement("OlderSessions", "*", resource="*", condition=before, effect="Deny"),))
