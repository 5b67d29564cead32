"""Every answer that the contract describes, brought about by what causes it and held to its schema."""

import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from tests.schema import is_valid as is_valid_json

from port_byollm_sandbox.port_emulator import contract

from .exchanges import RIGHT, WRONG, Exchange, prepare, right
from .target import Target

DOCUMENT = contract.served()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
TOKEN, INVOKE = "POST /v1/auth/access_token", "POST /v1/ai/invoke"
OF_ANY = {"401", "403", "413", "500"}
"""What operations answer for one and the same reason, whichever they are."""
NEVER = {
    (TOKEN, "404"): "a credential that is not there is a wrong one",
    ("GET /v1/organization", "404"): "a token is an organization's",
    ("PUT /v1/organization", "404"): "a token is an organization's",
    ("PATCH /v1/organization", "404"): "a token is an organization's",
    ("GET /v1/organization/secrets", "404"): "a list may be empty",
    ("POST /v1/organization/secrets", "404"): "nothing has to be there",
    ("DELETE /v1/organization/secrets/{secret_name}", "413"): "it has no body",
    ("DELETE /v1/organization/secrets/{secret_name}", "422"): "it has no body",
    ("PUT /v1/llm-providers/{provider}", "404"): "it creates, as on Port's pages",
    (INVOKE, "501"): "only a provider beyond the OpenAPI's cannot be reached",
}
"""Answers that are described and never given, and why."""
WITH_BODY = [str(one.operation) for one in RIGHT if one.body is not None]


@pytest.fixture
def client(target: Target) -> httpx.Client:
    """An administrator's, of an organization where every operation can succeed."""
    prepare(target)
    return target.client


@pytest.fixture
def requests(target: Target) -> dict[str, Exchange]:
    """Operation -> a right request."""
    return {exchange.operation: exchange for exchange in right(target)}


def answering(status: str, *, but: tuple[str, ...] = ()) -> list[str]:
    return [
        one
        for one in OPERATIONS
        if status in OPERATIONS[one]["responses"] and one not in but and (one, status) not in NEVER
    ]


def is_described(operation: str, answer: httpx.Response) -> None:
    """Raises schemathesis' failures."""
    method, path = operation.split()
    SCHEMA[path][method].validate_response(answer)


def is_valid(operation: str, body: Any) -> bool:
    schema = OPERATIONS[operation]["requestBody"]["content"]["application/json"]["schema"]
    # With the components, so that references lead somewhere.
    whole = {**schema, "components": DOCUMENT["components"]}
    return is_valid_json(body, whole)


def test_no_answer_is_left_out() -> None:
    described = {(one, status) for one in OPERATIONS for status in OPERATIONS[one]["responses"]}
    particular = {(one.operation, str(one.status)) for one in (*RIGHT, *WRONG)}
    of_any = {(one, status) for one, status in described if status in OF_ANY}
    assert particular | of_any | NEVER.keys() == described
    assert not particular & NEVER.keys()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_right_requests_succeed(operation: str, client: httpx.Client, requests: dict[str, Exchange]) -> None:
    exchange = requests[operation]
    if exchange.body is not None:
        assert is_valid(operation, exchange.body)
    answer = exchange.send(client)
    assert answer.status_code == exchange.status, answer.text
    is_described(operation, answer)


@pytest.mark.parametrize("exchange", WRONG, ids=str)
def test_wrong_requests_get_the_described_error(exchange: Exchange, client: httpx.Client) -> None:
    answer = exchange.send(client)
    assert answer.status_code == exchange.status, answer.text
    is_described(exchange.operation, answer)


@pytest.mark.parametrize("operation", answering("401", but=(TOKEN,)))
def test_a_token_is_needed(operation: str, target: Target, requests: dict[str, Exchange]) -> None:
    with httpx.Client(base_url=target.base_url) as anonymous:
        answer = requests[operation].send(anonymous)
    assert answer.status_code == 401
    is_described(operation, answer)


@pytest.mark.parametrize("operation", answering("403", but=(INVOKE,)))
def test_members_are_refused(
    operation: str, client: httpx.Client, requests: dict[str, Exchange], member: Target
) -> None:
    answer = requests[operation].send(client, headers=member.authorization)
    assert answer.status_code == 403
    is_described(operation, answer)


@pytest.mark.parametrize("operation", answering("413"))
def test_bodies_are_not_too_large(
    operation: str, client: httpx.Client, requests: dict[str, Exchange]
) -> None:
    answer = requests[operation].send(client, body={"padding": "x" * (1 << 20)})
    assert answer.status_code == 413
    is_described(operation, answer)


@pytest.mark.parametrize("operation", answering("500"))
def test_ports_own_failures_have_the_described_form(
    operation: str, client: httpx.Client, requests: dict[str, Exchange], emulator: Target, target: Target
) -> None:
    if target is not emulator:
        pytest.skip("Port fails when it likes")
    client.post("/_emulator/faults", json={"path": "*", "status": 500}).raise_for_status()
    answer = requests[operation].send(client)
    assert answer.status_code == 500
    is_described(operation, answer)


@pytest.mark.parametrize("operation", WITH_BODY)
def test_unknown_fields_are_refused_wherever_the_contract_closes_an_object(
    operation: str, target: Target, requests: dict[str, Exchange]
) -> None:
    for body in with_an_unknown_field(requests[operation].body):
        prepare(target)
        answer = requests[operation].send(target.client, body=body)
        assert answer.is_success == is_valid(operation, body), f"{body} was answered with {answer.text}"
        assert answer.is_success or "unknownField" in answer.json()["message"]


def with_an_unknown_field(body: Any) -> Iterator[Any]:
    """Copies of the body, with an unknown field in one of its objects each."""
    if isinstance(body, dict):
        yield {**body, "unknownField": "x"}
        for key, value in body.items():
            for changed in with_an_unknown_field(value):
                yield copy.deepcopy(body) | {key: changed}
