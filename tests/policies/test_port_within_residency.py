"""Port's host, and the AWS region that Port calls."""

import pytest

from .conftest import Judge, registration

REGISTRATION = "port-byollm:index:LlmProvider"
EU = {"residency": "eu"}
PORT_EU = {"baseUrl": "https://api.port.io"}


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT_BASE_URL", raising=False)


def test_host_and_region_of_the_residency_pass(judge: Judge) -> None:
    assert judge(REGISTRATION, registration(), EU, provider=PORT_EU) == []


def test_host_elsewhere_is_found(judge: Judge) -> None:
    found = judge(REGISTRATION, registration(), EU, provider={"baseUrl": "https://api.us.port.io"})

    assert found == ["connects to api.us.port.io, but Port in eu is at api.port.io"]


def test_host_is_read_from_the_environment(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT_BASE_URL", "https://api.us.port.io")

    assert judge(REGISTRATION, registration(), EU) != []


def test_host_that_cannot_be_told_does_not_pass(judge: Judge) -> None:
    assert judge(REGISTRATION, registration(), EU) == [
        "the address of Port's API is unknown; set port-byollm:baseUrl in the stack's configuration"
    ]


def test_region_elsewhere_is_found(judge: Judge) -> None:
    config = registration()["config"] | {"region": "us-east-1"}

    found = judge(REGISTRATION, registration(config=config), EU, provider=PORT_EU)

    assert found == ["config.region: is us-east-1, outside eu"]


def test_nothing_is_asked_for_without_a_residency(judge: Judge) -> None:
    assert judge(REGISTRATION, registration()) == []
