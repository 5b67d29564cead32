"""Policy documents, compiled for evaluation.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from port_byollm.iam.documents import as_list
from port_byollm.iam.evaluator import actions, matching
from port_byollm.iam.evaluator.conditions import Condition, compile_condition
from port_byollm.iam.evaluator.matching import AnyOf, Pattern
from port_byollm.iam.evaluator.principals import Caller, Named, Principals, compile_principals
from port_byollm.iam.evaluator.request import Undecidable
from port_byollm.iam.evaluator.variables import Context, without_variables

_VERSIONS = ("2012-10-17", "2008-10-17")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?-]+")
_EITHER_OR = ("Principal", "Action", "Resource")
_ELEMENTS = {"Sid", "Effect", "Condition", *_EITHER_OR, *(f"Not{element}" for element in _EITHER_OR)}
_PARTITION = re.compile(r"\*|aws(?:-[a-z]+)*")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_ARN_COLONS = 5
_EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


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

    @property
    def of_organization(self) -> bool:
        return self in (Kind.SCP, Kind.RCP)


@dataclass(frozen=True)
class Question:
    """A request, prepared for evaluation."""

    caller: Caller
    action: str
    lowered_action: str
    resource: str
    account: str
    """The resource's account."""
    context: Context
    bounded: bool
    """Whether the caller has a permission boundary."""


@dataclass(frozen=True)
class Values:
    """The values of `Action` or `NotAction`, `Resource` or `NotResource`."""

    values: AnyOf
    negated: bool

    def match(self, text: str, context: Context) -> bool:
        return self.values.matches(text, context) != self.negated


@dataclass(frozen=True)
class CompiledStatement:
    label: str
    allows: bool
    action: Values
    resource: Values | None
    """None in a trust policy, which applies to its own role."""
    principals: Principals | None
    """None in a policy without principals, which applies to the identity that it is attached to."""
    spares_principals: bool
    """Whether `principals` come from `NotPrincipal`."""
    condition: Condition

    def named(self, question: Question) -> Named:
        if self.principals is None:
            return Named.DIRECTLY
        if self.spares_principals:
            # As documented, such a Deny applies to everyone with a boundary, listed or not.
            spared = self.principals.excepts(question.caller) and not question.bounded
            return Named.NOT if spared else Named.DIRECTLY
        return self.principals.names(question.caller)

    def applies(self, question: Question) -> bool:
        return (
            self.action.match(question.lowered_action, question.context)
            and (self.resource is None or self.resource.match(question.resource, question.context))
            and self.named(question) is not Named.NOT
            and self.condition.holds(question.context)
        )

    def obstacles(self, question: Question) -> tuple[str | None, ...]:
        """Return why action, resource, principal and condition do not apply; None for each that does."""
        context = question.context
        covers_action = self.action.match(question.lowered_action, context)
        covers_resource = self.resource is None or self.resource.match(question.resource, context)
        return (
            None if covers_action else f"it does not cover {question.action}",
            None if covers_resource else f"it does not cover {question.resource}",
            None if self.named(question) else f"it does not name {question.caller.arn}",
            None if self.condition.holds(context) else self.condition.describe(context),
        )


@dataclass(frozen=True)
class CompiledPolicy:
    kind: Kind
    allows: tuple[CompiledStatement, ...]
    denies: tuple[CompiledStatement, ...]


def compile_policy(document: object, kind: Kind, name: str) -> CompiledPolicy:
    """Compile `document`, called `name` in reasons and errors. Raises Undecidable if IAM would refuse it."""
    if not isinstance(document, Mapping):
        raise Undecidable(name, "is not a JSON object")
    if unknown := document.keys() - {"Version", "Id", "Statement"}:
        raise Undecidable(name, f"has the unknown element {min(map(str, unknown))!r}")
    if not isinstance(document.get("Id", ""), str):
        raise Undecidable(name, "Id is not text")
    version = document.get("Version", _VERSIONS[-1])
    accepted = _VERSIONS[:1] if kind.of_organization else _VERSIONS
    if version not in accepted:
        actual = f"Version is {version!r}" if "Version" in document else "Version is missing"
        raise Undecidable(name, f"{actual}, not {' or '.join(accepted)}")
    statements = as_list(document.get("Statement"))
    if not statements:
        raise Undecidable(name, "Statement is missing or empty")
    sids = [
        sid for statement in statements if isinstance(statement, Mapping) and (sid := statement.get("Sid"))
    ]
    if len({str(sid) for sid in sids}) != len(sids):
        raise Undecidable(name, "two statements have the same Sid")
    compiled = [
        _compile_statement(statement, kind, name, number, variables=version == _VERSIONS[0])
        for number, statement in enumerate(statements, 1)
    ]
    return CompiledPolicy(
        kind,
        tuple(statement for statement in compiled if statement.allows),
        tuple(statement for statement in compiled if not statement.allows),
    )


def compile_resource_policy(document: object) -> CompiledPolicy:
    """Compile a resource's policy. It is a trust policy if no statement has a resource."""
    statements = as_list(document.get("Statement")) if isinstance(document, Mapping) else ()
    elements = {
        element for statement in statements if isinstance(statement, Mapping) for element in statement
    }
    names_resource = not elements.isdisjoint({"Resource", "NotResource"})
    kind = Kind.RESOURCE if names_resource else Kind.TRUST
    return compile_policy(document, kind, f"the {kind.value}")


def _compile_statement(
    statement: object, kind: Kind, document: str, number: int, *, variables: bool
) -> CompiledStatement:
    place = f"{document}, statement {number}"
    if not isinstance(statement, Mapping):
        raise Undecidable(place, "is not a JSON object")
    if unknown := statement.keys() - _ELEMENTS:
        raise Undecidable(place, f"has the unknown element {min(map(str, unknown))!r}")
    sid = statement.get("Sid", "")
    if not isinstance(sid, str) or (not kind.has_principals and not re.fullmatch("[A-Za-z0-9]*", sid)):
        raise Undecidable(place, f"Sid {sid!r} has characters other than letters and digits")
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise Undecidable(place, "Effect is neither Allow nor Deny")
    if kind is Kind.RCP:
        _check_rcp(statement, place)
    principals, spares = _principals(statement, kind, place)
    return CompiledStatement(
        label=f"statement {number}{f' ({sid})' if sid else ''} of {document}",
        allows=effect == "Allow",
        action=_either(statement, "Action", place, lambda value: _action(value, kind), matching.wildcards),
        resource=None
        if kind is Kind.TRUST
        else _either(statement, "Resource", place, lambda value: _resource(value, variables), matching.arn),
        principals=principals,
        spares_principals=spares,
        condition=compile_condition(statement["Condition"], f"{place}, Condition", variables=variables)
        if "Condition" in statement
        else Condition(),
    )


def _check_rcp(statement: Mapping[str, Any], place: str) -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html"""
    if statement["Effect"] == "Allow" and {**statement, "Sid": ""} != {**_EVERYTHING, "Sid": ""}:
        raise Undecidable(place, "has the effect Allow, which only AWS's own RCPFullAWSAccess may have")
    if "NotAction" in statement or "NotPrincipal" in statement:
        raise Undecidable(place, "has NotAction or NotPrincipal, which RCPs cannot have")
    if statement.get("Principal") != "*":
        raise Undecidable(place, 'has a Principal other than "*", which RCPs cannot have')


def _principals(statement: Mapping[str, Any], kind: Kind, place: str) -> tuple[Principals | None, bool]:
    """Return the statement's principals, and whether they come from `NotPrincipal`."""
    given = [element for element in ("Principal", "NotPrincipal") if element in statement]
    if not kind.has_principals and given:
        raise Undecidable(place, f"has a {given[0]}, which only policies of resources can have")
    if not kind.has_principals:
        return None, False
    if len(given) != 1:
        raise Undecidable(place, "has both Principal and NotPrincipal" if given else "has no Principal")
    spares = given == ["NotPrincipal"]
    if spares and (kind is Kind.TRUST or statement["Effect"] == "Allow"):
        raise Undecidable(place, "has a NotPrincipal, which needs Deny and cannot be in a trust policy")
    where = f"{place}, {given[0]}"
    return compile_principals(statement[given[0]], where, trust=kind is Kind.TRUST), spares


def _either(
    statement: Mapping[str, Any],
    element: str,
    place: str,
    read: Callable[[str], str],
    compile_value: Callable[[str], Pattern],
) -> Values:
    """Compile `element` or its `Not…` form, exactly one of which must be present."""
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
    try:
        return Values(AnyOf(map(read, values), compile_value), negated=present[0] != element)
    except ValueError as error:
        raise Undecidable(place, f"{present[0]} {error}") from None


def _action(value: str, kind: Kind) -> str:
    """Return `value` in lower case. Raises ValueError if it is not an action."""
    if not _ACTION.fullmatch(value):
        raise ValueError(f"has {value!r}, which is not an action")
    lowered = value.lower()
    if kind is Kind.TRUST:
        of_trust = AnyOf([lowered], matching.wildcards)
        if value == "*" or not any(of_trust.matches(action, {}) for action in actions.ASSUME_ROLE):
            raise ValueError(f"has {value!r}, which is not an action that assumes a role")
    return lowered


def _resource(value: str, variables: bool) -> str:
    """Return `value` in the syntax with variables. Raises ValueError if it is not an ARN."""
    if value != "*":
        _, *parts = _VARIABLE.sub("x", value).split(":", _ARN_COLONS)
        if not value.startswith("arn:") or not _PARTITION.fullmatch(parts[0]):
            raise ValueError(f"has {value!r}, which is not an ARN")
        if len(parts) < 2 or not parts[1] or "*" in parts[1] or "?" in parts[1]:
            raise ValueError(f"has {value!r}, which does not name its service")
        if len(parts) < _ARN_COLONS and "::" in value:
            raise ValueError(f"has {value!r}, which is not a complete ARN")
        if parts[1] == "iam" and any(parts[2:3]):
            raise ValueError(f"has {value!r}, but IAM has no regions")
    return value if variables else without_variables(value)
