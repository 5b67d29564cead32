"""IAM policy documents as typed values.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Values = str | tuple[str, ...]
"""One string or several; written to JSON as a string or a list, respectively."""

Condition = Mapping[str, Mapping[str, Values]]
"""Operator -> condition key -> values."""


@dataclass(frozen=True)
class Statement:
    """One statement. Only trust policies have `principals` (ARNs) or `federated` (the ARN of an identity
    provider), and they have no `resource`."""

    sid: str
    action: Values
    resource: Values | None = None
    principals: tuple[str, ...] | None = None
    federated: str | None = None
    condition: Condition | None = None
    effect: Literal["Allow", "Deny"] = "Allow"

    def to_dict(self) -> dict[str, Any]:
        statement: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if self.principals is not None:
            statement["Principal"] = {"AWS": list(self.principals)}
        elif self.federated is not None:
            statement["Principal"] = {"Federated": self.federated}
        statement["Action"] = _json(self.action)
        if self.resource is not None:
            statement["Resource"] = _json(self.resource)
        if self.condition:
            statement["Condition"] = {
                operator: {key: _json(values) for key, values in keys.items()}
                for operator, keys in self.condition.items()
            }
        return statement


@dataclass(frozen=True)
class PolicyDocument:
    """A policy document in the current version of the policy language."""

    statements: tuple[Statement, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"Version": "2012-10-17", "Statement": [statement.to_dict() for statement in self.statements]}

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    def size(self) -> int:
        """Return the number of characters without white space, as IAM counts them against its quotas."""
        return len("".join(self.to_json().split()))


def as_list(value: Any) -> list[Any]:
    """Return the list that a parsed element stands for: its grammar allows one value in place of a list.

    None, for an element that is missing, gives an empty list.
    """
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def _json(values: Values) -> str | list[str]:
    return values if isinstance(values, str) else list(values)
