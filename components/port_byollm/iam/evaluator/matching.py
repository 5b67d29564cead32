"""Comparison of a policy's values with a text: literally, with IAM's wildcards, or part by part as ARNs.

In a value, `*` stands for any characters and `?` for exactly one; `${*}`, `${?}` and `${$}` stand for the
characters themselves (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from port_byollm.iam.evaluator.variables import Context, Template, literal

Matcher = Callable[[str], bool]
Pattern = str | Matcher
"""A compiled value. A text matches only itself."""

_TOKENS = re.compile(r"\$\{[*?$]\}|[*?]")
_ARN_PARTS = 6


def equals(value: str) -> Pattern:
    return literal(value)


def equals_ignoring_case(value: str) -> Pattern:
    folded = literal(value).casefold()
    return lambda text: text.casefold() == folded


@lru_cache(maxsize=4096)
def wildcards(value: str) -> Pattern:
    """Match the whole text. Colons and slashes are ordinary characters."""
    return _pattern(value, _expression(value, "."))


@lru_cache(maxsize=4096)
def arn(value: str) -> Pattern:
    """Match an ARN part by part, so that no wildcard spans a colon.

    Parts that are missing at the end match anything. The value `*` also matches texts that are not ARNs.
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
    """Return a regular expression for `value`, in which wildcards stand for `character`."""
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
    # Atomic groups prevent backtracking: the shortest match of each piece is as good as any other.
    first, *rest = pieces
    middle = "".join(f"(?>{character}*?{piece})" for piece in rest[:-1])
    return first + middle + (f"{character}*{rest[-1]}" if rest else "")


class AnyOf:
    """Several values, of which a text must match one."""

    def __init__(self, values: Iterable[str], compile_value: Callable[[str], Pattern]) -> None:
        """Raises ValueError if `compile_value` does."""
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
