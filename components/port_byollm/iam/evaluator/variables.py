"""Policy variables: `${aws:username}`, and with a default `${aws:PrincipalTag/team, 'everyone'}`.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Mapping

Context = Mapping[str, tuple[str, ...]]
"""Condition key in lower case -> values. A key without values counts as absent."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_KEY = re.compile(r"\s*([^\s,']+:[^\s,']+)\s*(?:,\s*'([^']*)'\s*)?")
_CHARACTER = re.compile(r"\$\{[*?$]\}")


def escaped(text: str) -> str:
    """Return a value that matches only `text`."""
    return re.sub(r"[*?$]", lambda character: f"${{{character[0]}}}", text)


def without_variables(value: str) -> str:
    """Rewrite a value from a document version without policy variables to the syntax with variables."""
    return value.replace("$", "${$}")


def literal(value: str) -> str:
    """Return the text of a value without variables, in which `*` and `?` are ordinary characters."""
    return _VARIABLE.sub(lambda found: found[1], value) if "${" in value else value


class Template:
    """A value with policy variables."""

    def __init__(self, value: str) -> None:
        """Raises ValueError for a variable that is not well-formed."""
        self._value = value
        self._variables = {}
        if "${" in _VARIABLE.sub("", value):
            raise ValueError("has a variable without its closing brace")
        for inner in _VARIABLE.findall(value):
            if inner not in ("*", "?", "$"):
                match = _KEY.fullmatch(inner)
                if match is None:
                    raise ValueError(
                        f"has the variable ${{{inner}}}, which is neither a key nor a key and a 'default'"
                    )
                self._variables[inner] = (match[1].lower(), match[2])

    @staticmethod
    def has_variables(value: str) -> bool:
        return "${" in value and "${" in _CHARACTER.sub("", value)

    def resolve(self, context: Context) -> str | None:
        """Return the value with its variables replaced.

        None, which matches nothing, if a variable has no value and no default, or several values.
        """
        texts = {}
        for inner, (key, default) in self._variables.items():
            values = context.get(key, ())
            text = values[0] if len(values) == 1 else default
            if text is None:
                return None
            texts[inner] = escaped(text)
        return _VARIABLE.sub(lambda found: texts.get(found[1], found[0]), self._value)
