"""Connections that are saved untested."""

from .conftest import Judge, registration

REGISTRATION = "port-byollm:index:LlmProvider"


def test_tested_connection_passes(judge: Judge) -> None:
    assert judge(REGISTRATION, registration()) == []


def test_untested_connection_is_found(judge: Judge) -> None:
    assert judge(REGISTRATION, registration(validateConnection=False)) == [
        "validateConnection: is false, so a connection that does not work is saved unseen"
    ]
