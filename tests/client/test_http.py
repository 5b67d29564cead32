"""Tokens, retries, time-outs and errors, whatever the endpoint."""

import json
import logging
import time
from typing import Any

import httpx
import pytest

from port_byollm.client import errors
from port_byollm.client.base_url import parse_base_url
from port_byollm.client.http import ATTEMPTS
from port_byollm.client.port import PortClient
from port_byollm.errors import ConfigError

from .conftest import Port

DEFAULTS = {"ok": True, "result": {"provider": "bedrock", "model": "gpt-5"}}


def ok() -> httpx.Response:
    return httpx.Response(200, json=DEFAULTS)


def refusal(status: int, **body: Any) -> httpx.Response:
    return httpx.Response(status, json={"ok": False, **body})


async def test_one_token_serves_the_whole_run(port: Port) -> None:
    port.answers = [ok(), ok(), ok()]
    async with port.client() as client:
        for _ in range(3):
            await client.llm_providers.get_defaults()
    assert port.tokens == 1
    assert {request.headers["authorization"] for request in port.requests} == {"Bearer token-1"}


async def test_token_is_renewed_before_it_expires(port: Port) -> None:
    port.answers = [ok(), ok()]
    async with port.client() as client:
        await client.llm_providers.get_defaults()
        port.now = 3600 - 30
        await client.llm_providers.get_defaults()
    assert port.tokens == 2


async def test_short_lived_token_is_used_for_half_its_life(port: Port) -> None:
    port.expires_in = 10
    port.answers = [ok(), ok(), ok()]
    async with port.client() as client:
        for port.now in (0, 4, 6):
            await client.llm_providers.get_defaults()
    assert port.tokens == 2


async def test_refused_token_is_replaced_once(port: Port) -> None:
    port.answers = [refusal(401, error="unauthorized"), ok()]
    async with port.client() as client:
        await client.llm_providers.get_defaults()
    assert [request.headers["authorization"] for request in port.requests] == [
        "Bearer token-1",
        "Bearer token-2",
    ]


async def test_second_refusal_is_an_error(port: Port) -> None:
    port.answers = [refusal(401, error="unauthorized"), refusal(401, error="unauthorized")]
    async with port.client() as client:
        with pytest.raises(errors.AuthFailed, match="client ID and secret"):
            await client.llm_providers.get_defaults()


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({"retry-after": "7"}, 7.0), ({"x-ratelimit-reset": "11"}, 11.0)],
)
async def test_rate_limit_waits_as_long_as_port_says(
    port: Port, headers: dict[str, str], expected: float
) -> None:
    port.answers = [httpx.Response(429, headers=headers), ok()]
    async with port.client() as client:
        await client.llm_providers.get_defaults()
    assert port.waits == [expected]


async def test_rate_limit_reset_may_be_a_time_of_day(port: Port) -> None:
    port.answers = [httpx.Response(429, headers={"x-ratelimit-reset": str(time.time() + 20)}), ok()]
    async with port.client() as client:
        await client.llm_providers.get_defaults()
    assert port.waits[0] == pytest.approx(20, abs=2)


async def test_rate_limit_that_lasts_too_long_is_an_error_with_the_time(port: Port) -> None:
    port.answers = [httpx.Response(429, headers={"retry-after": "600"}, json={"ok": False, "error": "slow"})]
    async with port.client() as client:
        with pytest.raises(errors.RateLimited, match="in 600 seconds") as caught:
            await client.llm_providers.get_defaults()
    assert caught.value.retry_after == 600
    assert port.waits == []


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.ReadTimeout, httpx.ConnectError])
async def test_read_is_retried(port: Port, answer: Any) -> None:
    port.answers = [answer, ok()]
    async with port.client() as client:
        await client.llm_providers.get_defaults()
    assert len(port.requests) == 2


async def test_retries_end(port: Port) -> None:
    port.answers = [httpx.ReadTimeout] * ATTEMPTS
    async with port.client() as client:
        with pytest.raises(errors.PortUnreachable, match="ReadTimeout") as caught:
            await client.llm_providers.get_defaults()
    assert (caught.value.sent, len(port.waits)) == (True, ATTEMPTS - 1)
    assert all(wait <= 8 for wait in port.waits)


@pytest.mark.parametrize("form", ["openapi", "pages"])
async def test_both_documented_forms_of_an_error_are_read(port: Port, form: str) -> None:
    details = {"testedModels": {"gpt-5": {"isValid": False, "message": "Invalid API key"}}}
    inner = {"message": "Connection test failed", "details": details}
    name = "LLMProviderModelTestError"
    port.answers = [
        refusal(400, error=name, **inner)
        if form == "openapi"
        else refusal(400, error={"name": name, **inner})
    ]
    async with port.client() as client:
        with pytest.raises(errors.ModelTestFailed, match="gpt-5: Invalid API key") as caught:
            await client.llm_providers.get_defaults()
    error = caught.value
    assert (error.status, error.name, error.method, error.path) == (
        400,
        name,
        "GET",
        "/v1/llm-providers/defaults",
    )
    assert error.tested_models == {"gpt-5": errors.TestedModel(False, "Invalid API key")}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(200, text="<html>Sign in</html>"), errors.UnexpectedAnswer),
        (httpx.Response(200, json=[1]), errors.UnexpectedAnswer),
        (httpx.Response(200, json={"ok": True}), errors.UnexpectedAnswer),
        (httpx.Response(404, text="not here"), errors.UnexpectedAnswer),
        (httpx.Response(404, json={"message": "Route GET:/v1 not found"}), errors.UnexpectedAnswer),
        (httpx.Response(403, text="blocked"), errors.Forbidden),
        (refusal(403, error="forbidden"), errors.Forbidden),
        (refusal(400, error="some_other_forbidden"), errors.Forbidden),
        (refusal(404, error="not_found"), errors.NotFound),
        (refusal(409, error="conflict"), errors.Conflict),
        (refusal(422, error="invalid"), errors.InvalidRequest),
        (refusal(418, error="teapot"), errors.PortApiError),
        (refusal(200, error="odd"), errors.PortApiError),
    ],
)
async def test_each_answer_has_its_class(
    port: Port, answer: httpx.Response, kind: type[errors.PortError]
) -> None:
    port.answers = [answer]
    async with port.client() as client:
        with pytest.raises(errors.PortError) as caught:
            await client.llm_providers.get_defaults()
    assert type(caught.value) is kind
    assert "/v1/llm-providers/defaults" in str(caught.value)


NAMES = {
    "LLMProviderNotFoundError": errors.ProviderNotFound,
    "LLMProviderModelTestError": errors.ModelTestFailed,
    "LLMProviderInvalidConfigError": errors.InvalidConfig,
    "LLMProviderModelNotEnabledError": errors.ModelNotEnabled,
    "llm_provider_manage_forbidden": errors.ManageForbidden,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["openapi", "pages", "bare"])
async def test_ports_name_of_an_error_counts_for_more_than_its_status(
    port: Port, name: str, form: str
) -> None:
    error = {"name": name, "message": "as Port says it"}
    forms: dict[str, dict[str, Any]] = {
        "openapi": {"ok": False, "error": name, "message": error["message"]},
        "pages": {"ok": False, "error": error},
        "bare": error,  # as the setup page shows a refusal to members
    }
    port.answers = [httpx.Response(418, json=forms[form])]
    async with port.client() as client:
        with pytest.raises(errors.PortApiError) as caught:
            await client.llm_providers.get_defaults()
    kind = NAMES[name]
    assert type(caught.value) is kind
    assert str(caught.value) == (
        f"{kind.meaning}: {name}: as Port says it (status 418 to GET /v1/llm-providers/defaults). "
        f"{kind.next_step}"
    )


async def test_server_failure_that_is_no_json_is_told_after_retries(port: Port) -> None:
    port.answers = [httpx.Response(502, text="<html>") for _ in range(ATTEMPTS)]
    async with port.client() as client:
        with pytest.raises(errors.ServerFailed):
            await client.llm_providers.get_defaults()


async def test_no_secret_in_errors_reprs_or_logs(port: Port, caplog: pytest.LogCaptureFixture) -> None:
    value = 'canary"with\\json/and/slashes'
    port.answers = [
        lambda request: httpx.Response(
            422,
            # A slash may be escaped in JSON, and so may any letter.
            text=json.dumps(
                {
                    "ok": False,
                    "error": "invalid",
                    "message": f"{value} the-client-secret {request.headers['authorization']}",
                    "details": {"value": [value], value: "as a key"},
                }
            )
            .replace("/", "\\/")
            .replace("can", "c\\u0061n"),
        )
    ]
    with caplog.at_level(logging.DEBUG):
        async with port.client() as client:
            with pytest.raises(errors.InvalidRequest) as caught:
                await client.secrets.update("name", value)
            everything = f"{caught.value} {caught.value!r} {caught.value.details} {client!r} {caplog.text}"
    assert "[secret]" in everything
    for canary in ("canary", "the-client-secret", "token-1"):
        assert canary not in everything


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://api.port.io", "https://api.port.io"),
        ("https://api.us.port.io/", "https://api.us.port.io"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("http://[::1]:8123", "http://[::1]:8123"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_base_url_is_taken(text: str, expected: str) -> None:
    assert parse_base_url(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("http://api.port.io", "not https"),
        ("http://127.0.0.1.example.com", "not https"),
        ("https://api.port.io/v1", "path /v1"),
        ("https://me:pass@api.port.io", "credentials"),
        ("api.port.io", "not an http"),
        ("https://", "not an http"),
        ("https://host:port", "not an http"),
        ("https://[::1", "not an http"),
        ("https://a..b", "not an http"),
        ("https://api.port.io\x00", "not an http"),
        ("https://api .port.io", "not an http"),
    ],
)
def test_base_url_is_refused_with_the_reason(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=f"baseUrl: .*{problem}"):
        parse_base_url(text)


async def test_redirect_is_not_followed_with_the_token(port: Port) -> None:
    port.answers = [httpx.Response(307, headers={"location": "https://elsewhere.example/"})]
    async with port.client() as client:
        with pytest.raises(errors.UnexpectedAnswer, match="redirect"):
            await client.llm_providers.get_defaults()


def no_gzip(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"content-encoding": "gzip"}, content=b"not gzip")


async def test_an_answer_that_cannot_be_decoded_is_a_lost_one(port: Port) -> None:
    port.answers = [no_gzip] * ATTEMPTS
    async with port.client() as client:
        with pytest.raises(errors.PortUnreachable, match="DecodingError"):
            await client.llm_providers.get_defaults()
    assert len(port.requests) == ATTEMPTS


async def test_a_token_that_no_header_can_hold_is_no_token(port: Port) -> None:
    port.token = "é"
    async with port.client() as client:
        with pytest.raises(errors.UnexpectedAnswer, match="without an access token"):
            await client.llm_providers.get_defaults()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [(b"[" * 100_000, "without JSON"), (b'{"secret": {"description": 3}}', "with an odd secret")],
)
async def test_an_answer_of_another_shape_is_not_ports(port: Port, answer: bytes, problem: str) -> None:
    port.answers = [httpx.Response(200, content=answer)]
    async with port.client() as client:
        with pytest.raises(errors.UnexpectedAnswer, match=problem):
            await client.secrets.get("name")


@pytest.mark.parametrize(
    ("variable", "value"), [("HTTPS_PROXY", "odd://proxy"), ("SSL_CERT_FILE", "/nowhere/ca.pem")]
)
def test_what_the_environment_says_wrongly_of_connections_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=f"{variable}.*: .* do not allow a connection"):
        PortClient("https://api.port.io", "id", "secret")
