"""The trust policy of the role that Port's LLM gateway assumes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from port_byollm.errors import ConfigError
from port_byollm.iam.documents import PolicyDocument, Statement

MAX_TRUST_POLICY_SIZE = 2048
"""Characters without white space; IAM's default quota."""

_ROLE_ARN = re.compile(r"arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role/[\x21-\x7e]+")
# Parameter ExternalId of https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}")


def gateway_trust(principals: Sequence[str], external_ids: Sequence[str] = ()) -> PolicyDocument:
    """The trust policy of Port's setup page ("Trust relationship configuration").

    `principals` are role ARNs. `external_ids` are the values that are accepted, any one of them: while one is
    rotated there are several. Without any, whoever can make the gateway name this role can use it.

    Raises ConfigError for a principal that is no role ARN, for an external ID that STS would refuse (it is
    not quoted), and where the document outgrows IAM's quota.
    """
    if not principals:
        raise ConfigError("principals", "nobody is named", "name the roles of Port's gateway")
    for principal in principals:
        if not _ROLE_ARN.fullmatch(principal) or "*" in principal or "?" in principal:
            raise ConfigError(
                "principals", f"{principal!r} is not the ARN of a role", "name each role, without wildcards"
            )
    for external_id in external_ids:
        if not _EXTERNAL_ID.fullmatch(external_id):
            raise ConfigError(
                "external_ids",
                "a value is not one that STS accepts",
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
            f"the trust policy comes to {document.size()} characters, and IAM takes {MAX_TRUST_POLICY_SIZE}",
            "use shorter or fewer external IDs",
        )
    return document


def external_ids_of(trust_policy: Mapping[str, Any]) -> list[str]:
    """The values that a trust policy (as IAM returns it, parsed) demands of `sts:ExternalId`, each once."""
    found: dict[str, None] = {}
    for statement in _listed(trust_policy.get("Statement")):
        demanded = (statement.get("Condition") or {}).get("StringEquals") or {}
        found |= dict.fromkeys(_listed(demanded.get("sts:ExternalId")))
    return list(found)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]
