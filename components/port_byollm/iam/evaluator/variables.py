"""Policy variables: `${aws:username}`, and with a default `${aws:PrincipalTag/team, 'everyone'}`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Mapping

Context = Mapping[str, tuple[str, ...]]
"""Condition key in lower case -> its values; a key without values is absent."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_KEY = re.compile(r"\s*([^\s,']+:[^\s,']+)\s*(?:,\s*'([^']*)'\s*)?")
_CHARACTER = re.compile(r"\$\{[*?$]\}")


def escaped(text: str) -> str:
    """`text` as a value that matches nothing but it."""
    return re.sub(r"[*?$]", lambda character: f"${{{character[0]}}}", text)


def without_variables(value: str) -> str:
    """`value` of a document whose version knows no variables, as one whose version does."""
    return value.replace("$", "${$}")


def literal(value: str) -> str:
    """What a value without variables says, `*` and `?` being characters like any other."""
    return _VARIABLE.sub(lambda found: found[1], value) if "${" in value else value


class Template:
    """A value with variables in it."""

    def __init__(self, value: str) -> None:
        """Raises ValueError for a variable that is not well-formed."""
        self._value = value
        self._variables = {}
        if "${" in _VARIABLE.sub("", value):
            raise ValueError("has a variable without its closing brace")
        for inner in _VARIABLE.findall(value):
            if inner not in ("*", "?", "$"):
                found = _KEY.fullmatch(inner)
                if found is None:
                    raise ValueError(f"has a variable ${{{inner}}} that is not a key, or a key, 'default'")
                self._variables[inner] = (found[1].lower(), found[2])

    @staticmethod
    def has_variables(value: str) -> bool:
        return "${" in value and "${" in _CHARACTER.sub("", value)

    def resolve(self, context: Context) -> str | None:
        """The value without variables; None where one has no value, and so there is nothing equal to it.

        A key with several values can stand for none.
        """
        texts = {}
        for inner, (key, default) in self._variables.items():
            values = context.get(key, ())
            text = values[0] if len(values) == 1 else default
            if text is None:
                return None
            texts[inner] = escaped(text)
        return _VARIABLE.sub(lambda found: texts.get(found[1], found[0]), self._value)
