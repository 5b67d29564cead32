"""Policy documents, read once and ready to be asked.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from port_byollm.iam.evaluator import matching
from port_byollm.iam.evaluator.conditions import Condition, Context, compile_condition
from port_byollm.iam.evaluator.matching import Matcher
from port_byollm.iam.evaluator.principals import Caller, Named, Principals, compile_principals
from port_byollm.iam.evaluator.request import Undecidable

_VERSIONS = ("2012-10-17", "2008-10-17")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_EITHER_OR = ("Principal", "Action", "Resource")
_ELEMENTS = {"Sid", "Effect", "Condition", *_EITHER_OR, *(f"Not{element}" for element in _EITHER_OR)}


class Kind(Enum):
    """What a document is attached to."""

    IDENTITY = "identity policy"
    BOUNDARY = "permission boundary"
    SCP = "SCP"
    RCP = "RCP"
    RESOURCE = "resource policy"
    TRUST = "trust policy"

    @property
    def has_principals(self) -> bool:
        return self in (Kind.RCP, Kind.RESOURCE, Kind.TRUST)


@dataclass(frozen=True)
class Question:
    """A request, prepared for statements to look at."""

    caller: Caller
    action: str
    resource: str
    context: Context


@dataclass(frozen=True)
class CompiledStatement:
    """One statement."""

    label: str
    allows: bool
    action: Matcher
    resource: Matcher | None
    """None in a trust policy, which is about its own role."""
    principals: Principals | None
    """None where the document's owner is meant."""
    condition: Condition

    def named(self, question: Question) -> Named:
        return self.principals.names(question.caller) if self.principals else Named.DIRECTLY

    def applies(self, question: Question) -> bool:
        return (
            self.action(question.action.lower())
            and (self.resource is None or self.resource(question.resource))
            and self.named(question) is not Named.NOT
            and self.condition.holds(question.context)
        )

    def obstacles(self, question: Question) -> tuple[str | None, ...]:
        """Why action, resource, principal and condition each do not apply; None for one that does."""
        about_action = self.action(question.action.lower())
        about_resource = self.resource is None or self.resource(question.resource)
        return (
            None if about_action else f"it is not about {question.action}",
            None if about_resource else f"it is not about {question.resource}",
            None if self.named(question) else f"it does not name {question.caller.arn}",
            None if self.condition.holds(question.context) else self.condition.describe(question.context),
        )


@dataclass(frozen=True)
class CompiledPolicy:
    """One document."""

    kind: Kind
    statements: tuple[CompiledStatement, ...]


def compile_policy(document: object, kind: Kind, name: str) -> CompiledPolicy:
    """Read `document`, called `name` in reasons and errors.

    Raises Undecidable where IAM would refuse it, or where it holds what is not known here.
    """
    if not isinstance(document, Mapping):
        raise Undecidable(name, "is not a JSON object")
    if unknown := document.keys() - {"Version", "Id", "Statement"}:
        raise Undecidable(name, f"has no element {min(unknown)!r}")
    version = document.get("Version", _VERSIONS[-1])
    if version not in _VERSIONS:
        raise Undecidable(name, f"Version is {version!r}, not one of {' and '.join(_VERSIONS)}")
    statements = _statements(document)
    if not statements:
        raise Undecidable(name, "Statement is missing or empty")
    sids = [
        sid for statement in statements if isinstance(statement, Mapping) and (sid := statement.get("Sid"))
    ]
    if len({str(sid) for sid in sids}) != len(sids):
        raise Undecidable(name, "two statements have the same Sid")
    return CompiledPolicy(
        kind,
        tuple(
            _compile_statement(statement, kind, name, number, variables=version == _VERSIONS[0])
            for number, statement in enumerate(statements, 1)
        ),
    )


def compile_resource_policy(document: object) -> CompiledPolicy:
    """Read a resource's policy: a role's trust policy, if nothing in it names a resource."""
    statements = _statements(document) if isinstance(document, Mapping) else ()
    elements = {
        element for statement in statements if isinstance(statement, Mapping) for element in statement
    }
    names_resource = not elements.isdisjoint({"Resource", "NotResource"})
    kind = Kind.RESOURCE if names_resource else Kind.TRUST
    return compile_policy(document, kind, f"the {kind.value}")


def _statements(document: Mapping[str, Any]) -> Sequence[Any]:
    given = document.get("Statement")
    return given if isinstance(given, list | tuple) else [] if given is None else [given]


def _compile_statement(
    statement: object, kind: Kind, document: str, number: int, *, variables: bool
) -> CompiledStatement:
    place = f"{document}, statement {number}"
    if not isinstance(statement, Mapping):
        raise Undecidable(place, "is not a JSON object")
    if unknown := statement.keys() - _ELEMENTS:
        raise Undecidable(place, f"has no element {min(unknown)!r}")
    sid = statement.get("Sid", "")
    if not isinstance(sid, str) or (not kind.has_principals and not re.fullmatch("[A-Za-z0-9]*", sid)):
        raise Undecidable(place, f"Sid {sid!r} is not of letters and digits")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise Undecidable(place, "Effect is neither Allow nor Deny")
    if "NotPrincipal" in statement:
        raise Undecidable(place, "NotPrincipal is not known")
    if ("Principal" in statement) != kind.has_principals:
        raise Undecidable(place, f"{'has no' if kind.has_principals else 'has a'} Principal")
    return CompiledStatement(
        label=f"statement {number}{f' ({sid})' if sid else ''} of {document}",
        allows=statement["Effect"] == "Allow",
        action=_either(statement, "Action", place, lambda value: _action(value, place)),
        resource=None
        if kind is Kind.TRUST
        else _either(statement, "Resource", place, lambda value: _resource(value, place, variables)),
        principals=compile_principals(statement["Principal"], f"{place}, Principal")
        if kind.has_principals
        else None,
        condition=compile_condition(statement["Condition"], f"{place}, Condition", variables=variables)
        if "Condition" in statement
        else Condition(),
    )


def _either(
    statement: Mapping[str, Any], element: str, place: str, compile_value: Callable[[str], Matcher]
) -> Matcher:
    """`Action` or `NotAction`, `Resource` or `NotResource`: exactly one of the two."""
    present = [name for name in (element, f"Not{element}") if name in statement]
    if len(present) != 1:
        both = f"both {element} and" if present else f"neither {element} nor"
        raise Undecidable(place, f"has {both} Not{element}")
    given = statement[present[0]]
    values = [given] if isinstance(given, str) else given
    if (
        not isinstance(values, list | tuple)
        or not values
        or not all(isinstance(value, str) for value in values)
    ):
        raise Undecidable(place, f"{present[0]} is neither text nor a list of texts")
    matchers = [compile_value(value) for value in values]
    negated = present[0] != element
    return lambda text: any(matcher(text) for matcher in matchers) != negated


def _action(value: str, place: str) -> Matcher:
    if not _ACTION.fullmatch(value):
        raise Undecidable(place, f"{value!r} is no action")
    return matching.wildcards(value.lower())


def _resource(value: str, place: str, variables: bool) -> Matcher:
    if value != "*" and not value.startswith("arn:"):
        raise Undecidable(place, f"resource {value!r} is not an ARN")
    if variables and "${" in value:
        raise Undecidable(place, "policy variables are not known")
    return matching.arn(value)
