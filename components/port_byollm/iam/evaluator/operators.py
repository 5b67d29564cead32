"""Condition operators, except `Null`, the quantifiers and `…IfExists`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from port_byollm.iam.evaluator import matching
from port_byollm.iam.evaluator.matching import Pattern

T = TypeVar("T")

_ARN_COLONS = 5
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_EPOCH = re.compile(r"[0-9]{1,15}")
# https://www.w3.org/TR/NOTE-datetime: a year, then any number of smaller units.
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?",
    re.IGNORECASE,
)


class Operator(NamedTuple):
    compile: Callable[[str], Pattern]
    """Raises ValueError for a value that the operator cannot compare."""
    negated: bool = False
    """Holds if none of the values matches, and therefore for an absent key."""
    variables: bool = False
    """Whether values may contain policy variables."""


def _arn(value: str) -> Pattern:
    if value != "*" and value.count(":") < _ARN_COLONS:
        raise ValueError("has a value that is not an ARN")
    return matching.arn(value)


def boolean(value: str) -> Pattern:
    if value.lower() not in ("true", "false"):
        raise ValueError('has a value that is neither "true" nor "false"')
    return matching.equals_ignoring_case(value)


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("has a value that is not a number")
    return Decimal(text)


def _date(text: str) -> datetime:
    """Read ISO 8601 (in UTC, if it has no time zone) or seconds since 1970."""
    problem = "has a value that is neither a date in ISO 8601 nor seconds since 1970"
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            if _EPOCH.fullmatch(text):
                return datetime.fromtimestamp(int(text), UTC)
            raise ValueError(problem)
        *units, fraction, zone = match.groups()
        year, month, day, hour, minute, second = (
            int(unit) if unit else least for unit, least in zip(units, (1, 1, 1, 0, 0, 0), strict=True)
        )
        at = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{(fraction or '')[:7]}"
        return datetime.fromisoformat(at + ("+00:00" if zone in (None, "Z", "z") else zone))
    except (ValueError, OverflowError, OSError):
        raise ValueError(problem) from None


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("has a value that is not base64") from None


def _compared(read: Callable[[str], T], holds: Callable[[T, T], bool]) -> Callable[[str], Pattern]:
    """Compare values after reading both sides. An unreadable value in a request matches nothing."""

    def compile_value(value: str) -> Pattern:
        expected = read(value)

        def matches(text: str) -> bool:
            try:
                return holds(read(text), expected)
            except ValueError:
                return False

        return matches

    return compile_value


def _address(value: str) -> Pattern:
    """Match addresses in a range, or one address. IPv4 and IPv6 never match each other."""
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError("has a value that is neither an IP address nor a range in CIDR notation") from None

    def matches(text: str) -> bool:
        try:
            return ipaddress.ip_address(text) in network
        except ValueError:
            return False

    return matches


def _orders(name: str, read: Callable[[str], Any]) -> dict[str, Operator]:
    equals = _compared(read, operator.eq)
    return {
        f"{name}Equals": Operator(equals),
        f"{name}NotEquals": Operator(equals, negated=True),
        f"{name}LessThan": Operator(_compared(read, operator.lt)),
        f"{name}LessThanEquals": Operator(_compared(read, operator.le)),
        f"{name}GreaterThan": Operator(_compared(read, operator.gt)),
        f"{name}GreaterThanEquals": Operator(_compared(read, operator.ge)),
    }


OPERATORS = {
    "StringEquals": Operator(matching.equals, variables=True),
    "StringNotEquals": Operator(matching.equals, negated=True, variables=True),
    "StringEqualsIgnoreCase": Operator(matching.equals_ignoring_case, variables=True),
    "StringNotEqualsIgnoreCase": Operator(matching.equals_ignoring_case, negated=True, variables=True),
    "StringLike": Operator(matching.wildcards, variables=True),
    "StringNotLike": Operator(matching.wildcards, negated=True, variables=True),
    "ArnEquals": Operator(_arn, variables=True),  # identical to ArnLike, with wildcards
    "ArnNotEquals": Operator(_arn, negated=True, variables=True),
    "ArnLike": Operator(_arn, variables=True),
    "ArnNotLike": Operator(_arn, negated=True, variables=True),
    **_orders("Numeric", _number),
    **_orders("Date", _date),
    "Bool": Operator(boolean),
    "BinaryEquals": Operator(_compared(_bytes, operator.eq)),
    "IpAddress": Operator(_address),
    "NotIpAddress": Operator(_address, negated=True),
}
