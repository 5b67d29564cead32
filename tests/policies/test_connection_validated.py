"""Connections that are saved untested."""

from .conftest import Judge, registration

REGISTRATION = "port-byollm:index:LlmProvider"


def test_tested_connection_passes(judge: Judge) -> None:
    assert judge(REGISTRATION, registration()) == []


def test_untested_connection_is_found(judge: Judge) -> None:
    assert judge(REGISTRATION, registration(validateConnection=False)) == [
        "validateConnection: is false, so Port saves a connection even if it does not work"
    ]
