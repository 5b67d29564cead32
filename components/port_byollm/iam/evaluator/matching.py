"""Values of a policy, compared to a text: literally, by IAM's wildcards, or part by part as ARNs.

Within a value `*` stands for any characters and `?` for exactly one; `${*}`, `${?}` and `${$}` stand for
those characters themselves (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from port_byollm.iam.evaluator.variables import Context, Template, literal

Matcher = Callable[[str], bool]
Pattern = str | Matcher
"""What a value compiles to; a text is equal to itself alone."""

_TOKENS = re.compile(r"\$\{[*?$]\}|[*?]")
_ARN_PARTS = 6


def equals(value: str) -> Pattern:
    return literal(value)


def equals_ignoring_case(value: str) -> Pattern:
    folded = literal(value).casefold()
    return lambda text: text.casefold() == folded


@lru_cache(maxsize=4096)
def wildcards(value: str) -> Pattern:
    """The whole text, colons and slashes being characters like any other."""
    return _pattern(value, _expression(value, "."))


@lru_cache(maxsize=4096)
def arn(value: str) -> Pattern:
    """An ARN part by part, so that no wildcard reaches over a colon.

    Parts that are left out at the end are any; a value of `*` matches what is no ARN too.
    """
    if value == "*":
        return wildcards(value)
    parts = value.split(":", _ARN_PARTS - 1)
    complete = [*parts, *["*"] * (_ARN_PARTS - len(parts))]
    expression = "".join(f"(?>{_expression(part, '[^:]')}:)" for part in complete[:-1])
    return _pattern(value if len(parts) == _ARN_PARTS else "*", expression + _expression(complete[-1], "."))


def _pattern(value: str, expression: str) -> Pattern:
    if all(len(token) > 1 for token in _TOKENS.findall(value)):
        return literal(value)
    fullmatch = re.compile(expression, re.DOTALL).fullmatch
    return lambda text: fullmatch(text) is not None


def _expression(value: str, character: str) -> str:
    """A regular expression for `value`, whose wildcards stand for `character`."""
    pieces = [""]
    position = 0
    for token in _TOKENS.finditer(value):
        pieces[-1] += re.escape(value[position : token.start()])
        position = token.end()
        if token[0] == "*":
            pieces.append("")
        else:
            pieces[-1] += character if token[0] == "?" else re.escape(token[0][2])
    pieces[-1] += re.escape(value[position:])
    # Atomic groups: the shortest match of each piece is as good as any, so nothing is ever tried twice.
    first, *rest = pieces
    middle = "".join(f"(?>{character}*?{piece})" for piece in rest[:-1])
    return first + middle + (f"{character}*{rest[-1]}" if rest else "")


class AnyOf:
    """Whether a text matches any of some values."""

    def __init__(self, values: Iterable[str], compile_value: Callable[[str], Pattern]) -> None:
        """Raises ValueError where `compile_value` does."""
        exact, matchers, templates = set(), [], []
        for value in values:
            if Template.has_variables(value):
                templates.append(Template(value))
                continue
            pattern = compile_value(value)
            if isinstance(pattern, str):
                exact.add(pattern)
            else:
                matchers.append(pattern)
        self._exact = frozenset(exact)
        self._matchers = tuple(matchers)
        self._templates = tuple(templates)
        self._compile = compile_value

    def matches(self, text: str, context: Context) -> bool:
        if text in self._exact:
            return True
        for matcher in self._matchers:
            if matcher(text):
                return True
        return any(self._matches(template, text, context) for template in self._templates)

    def _matches(self, template: Template, text: str, context: Context) -> bool:
        value = template.resolve(context)
        if value is None:
            return False
        pattern = self._compile(value)
        return pattern == text if isinstance(pattern, str) else pattern(text)
