"""JSON held to a schema.

`import jsonschema` takes a second, for the grammars of its formats: nobody waits for it who collects tests.
"""

from collections.abc import Mapping
from typing import Any


def validate(document: Any, schema: Mapping[str, Any]) -> None:
    """Raises jsonschema's ValidationError, also where a text has not the format that is asked for."""
    import jsonschema

    jsonschema.validate(document, schema, format_checker=jsonschema.FormatChecker())


def is_valid(document: Any, schema: Mapping[str, Any]) -> bool:
    """By the dialect of OpenAPI 3.1."""
    import jsonschema

    return jsonschema.Draft202012Validator(schema).is_valid(document)
