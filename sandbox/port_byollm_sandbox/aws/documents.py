"""IAM policy documents, validated as strictly as by IAM.

moto's validators do most of the work. These subclasses refuse what moto lets through (a Principal in an
identity policy, other characters in a Sid, a trust policy without a usable Principal), and accept what moto
wrongly refuses (numbers as condition values, Version 2008-10-17 in a trust policy).
Source: IAM User Guide, "Grammar of the IAM JSON policy language" and "AWS JSON policy elements: Principal".
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import (
    BaseIAMPolicyValidator,
    IAMPolicyDocumentValidator,
    IAMTrustPolicyDocumentValidator,
)

SID = re.compile(r"[0-9A-Za-z]*")

# The format of each kind of principal; IAM also checks that a role or user exists.
PRINCIPALS = {
    "AWS": re.compile(
        r"\*|\d{12}|A(?:ROA|IDA)[0-9A-Z]{12,}"
        r"|arn:aws[\w-]*:iam::\d{12}:(?:root|(?:role|user)/[\w+=,.@/-]+)"
        r"|arn:aws[\w-]*:sts::\d{12}:(?:assumed-role|federated-user)/[\w+=,.@/-]+",
        re.ASCII,
    ),
    "Service": re.compile(r"[\w.-]+\.amazon(?:aws)?\.com(?:\.cn)?", re.ASCII),
    "Federated": re.compile(
        r"arn:aws[\w-]*:iam::\d{12}:(?:saml|oidc)-provider/\S+|[\w-]+(?:\.[\w-]+)+", re.ASCII
    ),
}


class IdentityPolicy(IAMPolicyDocumentValidator):
    """A policy attached to, or embedded in, an identity."""

    def __init__(self, document: str):
        super().__init__(with_text_conditions(document))

    def validate(self) -> None:
        """Raise MalformedPolicyDocument, in IAM's words, if the document is invalid."""
        super().validate()
        if any("Principal" in s or "NotPrincipal" in s for s in self._statements):
            raise MalformedPolicyDocument("Policy document should not specify a principal.")
        check_sids(self)


class TrustPolicy(IAMTrustPolicyDocumentValidator):
    """A role's trust policy."""

    def __init__(self, document: str):
        super().__init__(with_text_conditions(document))

    def validate(self) -> None:
        """Raise MalformedPolicyDocument, in IAM's words, if the document is invalid."""
        super().validate()
        check_sids(self)
        for statement in self._statements:
            if not statement.get("Principal") and not statement.get("NotPrincipal"):
                raise MalformedPolicyDocument("Missing required field Principal")
        for kind, name in self.principals():
            if kind not in PRINCIPALS or not PRINCIPALS[kind].fullmatch(name):
                raise invalid_principal(kind, name)

    def principals(self) -> Iterator[tuple[str, str]]:
        """Yield every (kind, name) in the statements; a bare asterisk is `("AWS", "*")`."""
        for statement in self._statements:
            named = statement.get("Principal") or statement.get("NotPrincipal")
            if isinstance(named, dict):
                for kind, names in named.items():
                    for name in names if isinstance(names, list) else [names]:
                        yield kind, str(name)
            else:
                yield "AWS", str(named)

    def _validate_version(self) -> None:
        """Accept both versions, as IAM does here; managed policies need 2012-10-17."""


def invalid_principal(kind: str, name: str) -> MalformedPolicyDocument:
    return MalformedPolicyDocument(f'Invalid principal in policy: "{kind}":"{name}"')


def size(document: str) -> int:
    """Count the characters that IAM counts against its quotas: all except white space."""
    return len(re.sub(r"\s", "", document))


def check_sids(policy: BaseIAMPolicyValidator) -> None:
    for statement in policy._statements:
        if not SID.fullmatch(statement.get("Sid", "")):
            raise MalformedPolicyDocument(
                "Statement IDs (SID) must be alpha-numeric. "
                "Check that your input satisfies the regular expression [0-9A-Za-z]*"
            )


def with_text_conditions(document: str) -> str:
    """Return the document with numbers in conditions as strings, which is how IAM reads them.

    Text that is not a policy is returned unchanged, for the validator to refuse.
    """
    try:
        policy = json.loads(document)
        statements = policy["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            for keys in statement.get("Condition", {}).values():
                for key, values in keys.items():
                    keys[key] = [as_text(v) for v in values] if isinstance(values, list) else as_text(values)
    except (ValueError, TypeError, KeyError, AttributeError):
        return document
    return json.dumps(policy)


def as_text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, bool | int | float) else value
