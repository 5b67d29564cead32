"""The trust policy of the role that Port's LLM gateway assumes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from port_byollm.errors import ConfigError
from port_byollm.iam.documents import PolicyDocument, Statement, as_list

MAX_TRUST_POLICY_SIZE = 2048
"""IAM's default quota, in characters without white space."""

_ROLE_ARN = re.compile(r"arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role/[\x21-\x7e]+")
# Parameter ExternalId of https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}")


def gateway_trust(principals: Sequence[str], external_ids: Sequence[str] = ()) -> PolicyDocument:
    """Return the trust policy of Port's setup page ("Trust relationship configuration").

    `principals` are role ARNs. `external_ids` are the accepted values: several during a rotation. Without
    any, everyone who can make the gateway name this role can use it.

    Raises ConfigError if a principal is not a role ARN, if STS would refuse an external ID (the message does
    not quote it), and if the document exceeds IAM's quota.
    """
    if not principals:
        raise ConfigError("principals", "the list is empty", "name the roles of Port's gateway")
    for principal in principals:
        if not _ROLE_ARN.fullmatch(principal) or "*" in principal or "?" in principal:
            raise ConfigError(
                "principals", f"{principal!r} is not the ARN of a role", "name each role, without wildcards"
            )
    for external_id in external_ids:
        if not _EXTERNAL_ID.fullmatch(external_id):
            raise ConfigError(
                "external_ids",
                "STS does not accept one of the values",
                "use 2 to 1224 letters, digits or any of _+=,.@:/-",
            )
    accepted = tuple(dict.fromkeys(external_ids))
    document = PolicyDocument(
        (
            Statement(
                sid="Statement1",
                principals=tuple(dict.fromkeys(principals)),
                action="sts:AssumeRole",
                condition={
                    "StringEquals": {"sts:ExternalId": accepted[0] if len(accepted) == 1 else accepted},
                }
                if accepted
                else None,
            ),
        )
    )
    if document.size() > MAX_TRUST_POLICY_SIZE:
        raise ConfigError(
            "external_ids",
            f"the trust policy has {document.size()} characters, but IAM accepts {MAX_TRUST_POLICY_SIZE}",
            "use shorter or fewer external IDs",
        )
    return document


def external_ids_of(trust_policy: Mapping[str, Any]) -> list[str]:
    """Return the distinct external IDs that a trust policy (as IAM returns it, parsed) accepts."""
    external_ids: dict[str, None] = {}
    for statement in as_list(trust_policy.get("Statement")):
        keys = (statement.get("Condition") or {}).get("StringEquals") or {}
        external_ids |= dict.fromkeys(as_list(keys.get("sts:ExternalId")))
    return list(external_ids)
