"""IAM's wildcards: `*` stands for any characters, `?` for exactly one."""

import re
from collections.abc import Callable

Matcher = Callable[[str], bool]

_ARN_PARTS = 6


def anything(_: str) -> bool:
    return True


def wildcards(pattern: str) -> Matcher:
    """Whether a whole text matches `pattern`, colons and slashes being characters like any other."""
    if pattern == "*":
        return anything
    if "*" not in pattern and "?" not in pattern:
        return pattern.__eq__
    # Atomic groups: the shortest match of each piece is as good as any, so nothing is ever tried twice.
    first, *rest = (re.escape(piece).replace(r"\?", ".") for piece in re.split(r"\*+", pattern))
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1])
    last = f".*{rest[-1]}" if rest else ""
    return _Fullmatch(re.compile(first + middle + last, re.DOTALL))


class _Fullmatch:
    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern

    def __call__(self, text: str) -> bool:
        return self.pattern.fullmatch(text) is not None


def arn(pattern: str) -> Matcher:
    """Whether an ARN matches `pattern` part by part, so that no wildcard reaches over a colon.

    Parts that `pattern` leaves out at its end are any; a pattern of `*` matches what is no ARN too.
    """
    if pattern == "*":
        return anything
    parts = pattern.split(":", _ARN_PARTS - 1)
    if len(parts) == _ARN_PARTS and "*" not in pattern and "?" not in pattern:
        return pattern.__eq__
    matchers = [wildcards(part) for part in parts]

    def matches(text: str) -> bool:
        texts = text.split(":", _ARN_PARTS - 1)
        return len(texts) == _ARN_PARTS and all(
            matcher(part) for matcher, part in zip(matchers, texts, strict=False)
        )

    return matches
