"""AWS's limits on parameters (lengths, ranges, patterns, enumerations), from botocore's service models.

Before sending a request, boto3 checks only minima; moto checks almost none of the rest. Without these checks,
a name that AWS refuses would pass. All limits come from the service model; none is listed here.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import get_service_model

# AWS quotes the offending value. Long values are documents, which may contain secrets.
QUOTED_LENGTH = 128


class AwsError(ServiceException):
    """`AwsError(code, message)`, outside of moto because moto infers the service from the class's module."""


class Constrained(BaseResponse):
    """Mixin for a moto response class: refuse a request whose parameters violate the service model's limits.

    Needs `automated_parameter_parsing`, which fills `params` with the request in the service model's shape.
    """

    validation_error = "ValidationException"

    def call_action(self) -> TYPE_RESPONSE:
        operation = get_service_model(self.boto3_service_name).operation_model(self._get_action())
        violated = list(violations(operation.input_shape, dict(self.params)))
        if not violated:
            return super().call_action()
        errors = "error" if len(violated) == 1 else "errors"
        message = f"{len(violated)} validation {errors} detected: {'; '.join(violated)}"
        return self.serialized(ActionResult(AwsError(self.validation_error, message)))


def violations(shape: Shape | None, value: Any, name: str = "") -> Iterator[str]:
    """Yield a sentence in AWS's words for every limit of `shape` that `value` violates.

    Names are spelled as in AWS's messages: first letter in lower case, `tags.1.member.key` for list members.
    """
    if shape is None or value is None:
        return
    limits = shape.metadata
    constraint = f"{subject(shape, value)} at '{name}' failed to satisfy constraint: Member must"
    if isinstance(shape, StructureShape):
        prefix = f"{name}." if name else ""
        for member, member_shape in shape.members.items():
            path = f"{prefix}{member[0].lower()}{member[1:]}"
            yield from violations(member_shape, value.get(member), path)
    elif isinstance(value, str | bytes | list | dict):
        yield from out_of_range(len(value), limits, f"{constraint} have length")
    elif isinstance(value, int | float):
        yield from out_of_range(value, limits, f"{constraint} have value")
    if isinstance(value, str):
        if limits.get("enum") and value not in limits["enum"]:
            yield f"{constraint} satisfy enum value set: [{', '.join(limits['enum'])}]"
        pattern = compiled(limits.get("pattern", ""))
        if pattern is not None and not pattern.fullmatch(value):
            yield f"{constraint} satisfy regular expression pattern: {limits['pattern']}"
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value, 1):
            yield from violations(shape.member, item, f"{name}.{number}.member")
    elif isinstance(shape, MapShape):
        for item in value.values():
            yield from violations(shape.value, item, f"{name}.value")


def out_of_range(measure: float, limits: dict[str, Any], constraint: str) -> Iterator[str]:
    if measure > limits.get("max", measure):
        yield f"{constraint} less than or equal to {limits['max']}"
    if measure < limits.get("min", measure):
        yield f"{constraint} greater than or equal to {limits['min']}"


def subject(shape: Shape, value: Any) -> str:
    sensitive = shape.metadata.get("sensitive") or not isinstance(value, str | int)
    return "Value" if sensitive or len(str(value)) > QUOTED_LENGTH else f"Value '{value}'"


@lru_cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    r"""Compile the pattern; None if it is empty or Python cannot parse it (Java's `\p{L}` classes)."""
    try:
        return re.compile(pattern, re.ASCII) if pattern else None
    except re.error:
        return None
