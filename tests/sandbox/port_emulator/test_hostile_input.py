"""What nobody sends in good faith, over a socket to the real server: an error in Port's form, never a 500."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_byollm.catalogue import ALL_MODEL_NAMES

from .process import EmulatorProcess

EXAMPLES = 300
MAX_BODY_BYTES = 1 << 20
SECRETS = "/v1/organization/secrets"
PROVIDERS = "/v1/llm-providers"

TEXTS = (
    "'; DROP TABLE secrets; --",
    "' OR '1'='1",
    '"; DELETE FROM llm_providers; --',
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "../../../../etc/passwd",
    "x\x00y",
    "x\r\nX-Injected: 1",
    "\u202eevil\ufeff\uffff",
    "\N{PILE OF POO}" * 50,
)
"""SQL, HTML, templates, paths, control characters and what lies outside the basic plane."""

OVERRIDES = {"models": {name: {"enabled": True} for name in ALL_MODEL_NAMES}}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/auth/access_token"): {"clientId": "a", "clientSecret": "b"},
    ("POST", SECRETS): {"secretName": "kept", "secretValue": "v", "description": "d"},
    ("PATCH", f"{SECRETS}/kept"): {"secretValue": "v", "description": "d"},
    ("POST", PROVIDERS): {"provider": "anthropic", "config": {"apiKeySecretName": "kept"}, "enabled": True},
    ("PUT", f"{PROVIDERS}/openai"): {"config": {"apiKeySecretName": "kept"}, "overrides": OVERRIDES},
    ("PUT", f"{PROVIDERS}/azure-openai"): {
        "config": {"apiKeySecretName": "kept", "resourceName": "r", "deploymentId": "d"}
    },
    ("PUT", f"{PROVIDERS}/bedrock"): {
        "config": {
            "roleArn": "arn:aws:iam::111122223333:role/gateway",
            "region": "eu-west-1",
            "externalIdSecretName": "kept",
            "guardrailIdentifier": "g",
            "guardrailVersion": "1",
        }
    },
    ("PUT", f"{PROVIDERS}/openai-compatible"): {
        "config": {"baseUrl": "https://x", "deep": {"er": [1]}},
        "overrides": {"models": {"m": {"enabled": True}}},
    },
    ("PUT", f"{PROVIDERS}/defaults"): {"provider": "openai", "model": "gpt-5"},
    ("PUT", "/v1/organization"): {
        "name": "Sandbox",
        "settings": {"portalTitle": "t"},
        "announcement": {"content": "c", "link": "l"},
    },
    ("PATCH", "/v1/organization"): {"name": "Sandbox", "settings": {"portalIcon": "i"}},
    ("POST", "/v1/ai/invoke"): {"userPrompt": "p", "tools": [], "provider": "openai", "model": "gpt-5"},
    ("POST", "/_emulator/faults"): {"path": "/none", "method": "GET", "latencySeconds": 0.01, "times": 1},
    ("PATCH", "/_emulator/settings"): {
        "tokenSeconds": 3600,
        "defaultBedrockRegion": "eu-west-1",
        "inferenceProfiles": {"m": {"eu-west-1": "eu"}},
    },
    ("POST", "/_emulator/organizations"): {"id": "other", "name": "n", "portRegion": "eu"},
    ("PATCH", "/_emulator/organizations/none"): {"portRegion": "eu"},
    ("PATCH", "/_emulator/upstreams/openai"): {"models": ["m"], "requestsPerMinute": 5},
}
"""A good body for each operation that takes one."""

HERE = "\ue000"
"""Where the hostile part of a body goes."""


def places(value: Any) -> Iterator[Any]:
    """`value` with each of its parts in turn replaced by HERE, or by an object that has HERE as a key."""
    yield HERE
    match value:
        case dict():
            yield {**value, HERE: 1}
            for key, inner in value.items():
                yield from ({**value, key: changed} for changed in places(inner))
        case list():
            yield [*value, HERE]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FRAGMENTS = (
    *map(json.dumps, TEXTS),
    *("null", "true", "-1", "[]", "{}", '""', "1e400", "9" * 5000, "1e-400", "NaN", "[-Infinity]", "0x10"),
    *('"\\ud800"', '"\ud800"', '"\\x"', "'x'", "", "\x00", "{", '"', "/* */ 1", '{"a": 1, "a": NaN}'),
    *("[" * depth + "]" * depth for depth in (150, 5000)),
    *('{"a":' * depth + "1" + "}" * depth for depth in (150, 5000)),
    json.dumps("x" * 100_000),
)
"""JSON, and what looks like it."""
fragments = st.sampled_from(FRAGMENTS) | json_values.map(json.dumps)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    emulator = EmulatorProcess(tmp_path_factory.mktemp("hostile"))
    yield emulator
    assert emulator.end(signal.SIGTERM) == 0
    assert emulator.log.read_text().count("Traceback") == 0, emulator.log.read_text()


@pytest.fixture(scope="module")
def client(emulator: EmulatorProcess) -> Iterator[httpx.Client]:
    with emulator.client() as client:
        body = {"secretName": "kept", "secretValue": "v"}
        client.post(SECRETS, json=body).raise_for_status()
        yield client


def strict(text: str) -> Any:
    """JSON, in which NaN and Infinity are none."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def assert_answered(status: int, text: str) -> None:
    assert status < 500 or (status == 501 and "connection_test_unsupported" in text), text
    if status >= 400:
        body = strict(text)
        assert body["ok"] is False
        assert isinstance(body["error"], str)
        assert isinstance(body["message"], str)
        assert body["message"]
    elif text and not text.startswith("event:"):
        strict(text)


@pytest.mark.parametrize("operation", BODIES, ids=" ".join)
def test_any_part_of_a_body(client: httpx.Client, operation: tuple[str, str]) -> None:
    for template in places(BODIES[operation]):
        for fragment in FRAGMENTS:
            send(client, operation, template, fragment, "utf-8", "application/json")
        assert_whole(client)


@given(
    operation=st.sampled_from(list(BODIES)),
    data=st.data(),
    fragment=fragments,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-7"]),
    content_type=st.sampled_from(["application/json", "Application/JSON ;charset=x"]),
)
@settings(max_examples=EXAMPLES)
def test_any_encoding(
    client: httpx.Client,
    operation: tuple[str, str],
    data: st.DataObject,
    fragment: str,
    encoding: str,
    content_type: str,
) -> None:
    template = data.draw(st.sampled_from(list(places(BODIES[operation]))))
    send(client, operation, template, fragment, encoding, content_type)
    assert_whole(client)


def send(
    client: httpx.Client,
    operation: tuple[str, str],
    template: object,
    fragment: str,
    encoding: str,
    content_type: str,
) -> None:
    text = json.dumps(template, ensure_ascii=False).replace(f'"{HERE}"', fragment)
    content = text.encode(encoding, errors="surrogatepass")
    answer = client.request(*operation, content=content, headers={"Content-Type": content_type})
    assert_answered(answer.status_code, answer.text)


def assert_whole(client: httpx.Client) -> None:
    """What was sent has broken nothing that is read."""
    client.delete("/_emulator/faults").raise_for_status()
    client.patch(
        "/_emulator/settings", json={"tokenSeconds": 3600, "errorForm": "openapi"}
    ).raise_for_status()
    paths = (SECRETS, f"{SECRETS}/kept", PROVIDERS, "/v1/organization", "/_emulator/settings")
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        strict(answer.text)


@given(template=st.sampled_from(list(BODIES)), content=st.binary(max_size=200), cut=st.integers(0, 200))
def test_bodies_that_are_no_json(
    client: httpx.Client, template: tuple[str, str], content: bytes, cut: int
) -> None:
    whole = json.dumps(BODIES[template]).encode()
    for body in (content, whole[: cut % len(whole)], whole + content):
        answer = client.request(*template, content=body, headers={"Content-Type": "application/json"})
        assert_answered(answer.status_code, answer.text)


PATH_PARTS = (
    *("..", ".", "%2e%2e", "%2F", "%5c", "%00", "%0d%0aX-A:1", "%ff", "%c0%af", "%", "%zz", ";a=b", "*", ""),
    *("v1", "llm-providers", "organization", "secrets", "defaults", "openai", "_emulator", "requests"),
    "x" * 5000,
)
printable = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#")


@given(
    method=st.sampled_from(["GET", "PUT", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"]),
    parts=st.lists(st.sampled_from(PATH_PARTS) | st.text(printable, max_size=8), max_size=5),
    prefix=st.sampled_from(["/", "/v1/", f"{SECRETS}/", f"{PROVIDERS}/", "//", "http://evil.example/"]),
    query=st.sampled_from(["", "?validate_connection=maybe", "?validate_connection=%00", "?" + "a=b&" * 500]),
)
@settings(max_examples=EXAMPLES)
def test_paths(
    emulator: EmulatorProcess,
    client: httpx.Client,
    method: str,
    parts: list[str],
    prefix: str,
    query: str,
) -> None:
    target = f"{prefix}{'/'.join(parts)}{query}"
    if "/reset" in target or (method == "DELETE" and target.startswith(f"{SECRETS}/kept")):
        return
    head = [
        f"{method} {target} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: {client.headers['Authorization']}",
        "Content-Length: 2",
    ]
    status, text = answered(emulator, "\r\n".join([*head, "", "{}"]).encode(), method)
    if method != "HEAD":
        assert_answered(status, text)


def answered(emulator: EmulatorProcess, sent: bytes, method: str = "GET") -> tuple[int, str]:
    """Status and body of the first answer to what is sent on a connection."""
    with (
        socket.create_connection(("127.0.0.1", emulator.port), timeout=5) as connection,
        HTTPResponse(connection, method=method) as answer,
    ):
        connection.sendall(sent)
        answer.begin()
        return answer.status, answer.read().decode()


GET = b"GET /v1/organization HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /v1/auth/access_token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"GET / HTTP/2.x\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /v1/a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /v1/organization HTTP/1.1\r\n\r\n", 400),
        (GET + b"Host: localhost\r\n\r\n", 400),
        (GET + b"No colon\r\n\r\n", 400),
        (GET + b" folded: x\r\n\r\n", 401),
        (GET + b"X: a\x00b\r\n\r\n", 400),
        (GET + b"X: " + b"a" * 2_000_000 + b"\r\n\r\n", 400),
        (GET + b"X: a\r\n" * 200_000 + b"\r\n", 400),
        (b"GET /v1/" + b"a" * 2_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (GET + b"Authorization: Bearer \xff\xfe\r\n\r\n", 401),
        (GET + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 401),
        (GET + b"Authorization: Bearer\r\n\r\n", 401),
        (GET + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 401),
        (GET + b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n", 401),
        (POST + b"Content-Length: -1\r\n\r\n", 400),
        (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (POST + b"Content-Length: 99999999999999999999999\r\n\r\n", 400),
        (POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 422),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 422),
        (POST + b"Content-Length: 0\r\n\r\n", 422),
        (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", 404),
        (b"GET http://evil.example/v1/organization HTTP/1.1\r\nHost: evil.example\r\n\r\n", 404),
        (b"GET /_emulator/requests HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
        (b"GET /_emulator/requests HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 403),
        (b"GET /_emulator/requests HTTP/1.1\r\nHost: 127.0.0.1:80@evil.example\r\n\r\n", 403),
        (b"GET /_emulator/requests HTTP/1.0\r\n\r\n", 403),
        (b"GET /_emulator/requests HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", 403),
        (b"GET /_emulator/requests HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n\r\n", 403),
    ],
)
def test_requests_that_are_hardly_http(emulator: EmulatorProcess, sent: bytes, status: int) -> None:
    code, text = answered(emulator, sent)
    assert code == status, text
    assert_answered(code, text)


def test_requests_in_one_piece_are_answered_in_turn(emulator: EmulatorProcess) -> None:
    garbage = b"\x00\x01\x02\r\n\r\n"
    with socket.create_connection(("127.0.0.1", emulator.port), timeout=5) as connection:
        connection.sendall((GET + b"\r\n") * 3 + garbage)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert re.findall(rb"HTTP/1\.1 (\d+)", received) == [b"401", b"401", b"401", b"400"]


@pytest.mark.parametrize("said", [None, "", "json", "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("path", ["/v1/auth/access_token", SECRETS, "/_emulator/faults"])
def test_bodies_that_do_not_say_that_they_are_json(client: httpx.Client, path: str, said: str | None) -> None:
    headers = {} if said is None else {"Content-Type": said}
    answer = client.post(path, content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert_answered(answer.status_code, answer.text)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", ["/v1/auth/access_token", SECRETS, "/_emulator/faults"])
def test_bodies_over_a_mebibyte(client: httpx.Client, path: str, chunked: bool) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * (MAX_BODY_BYTES // 10)

    answer = client.post(path, content=pieces() if chunked else b"".join(pieces()))
    assert answer.status_code == 413
    assert_answered(answer.status_code, answer.text)


def test_a_body_that_never_ends_is_nobodys_trouble(emulator: EmulatorProcess, client: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", emulator.port), timeout=5) as connection:
        connection.sendall(POST + b"Content-Length: 100\r\n\r\n{")
        assert client.get("/v1/organization").is_success
    assert client.get("/v1/organization").is_success
    last = client.get("/_emulator/requests").json()["requests"][-3:]
    assert {"method": "POST", "path": "/v1/auth/access_token", "status": None} in last


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_kept_as_they_are_or_refused(client: httpx.Client, text: str) -> None:
    """Neither SQL nor a template gets anywhere; what HTML does in a page is the page's to show."""
    client.patch(f"{SECRETS}/kept", json={"description": text[:200]}).raise_for_status()
    assert client.get(f"{SECRETS}/kept").json()["secret"]["description"] == text[:200]
    config = {"resourceName": text, "deploymentId": text, "apiKeySecretName": text}
    client.put(f"{PROVIDERS}/azure-openai", json={"config": config}).raise_for_status()
    assert client.get(f"{PROVIDERS}/azure-openai").json()["result"]["config"] == config
    tested = client.put(
        f"{PROVIDERS}/azure-openai", json={"config": config}, params={"validate_connection": "true"}
    )
    assert (tested.status_code, tested.json()["error"]) == (400, "LLMProviderModelTestError")
    assert client.post(SECRETS, json={"secretName": text, "secretValue": "v"}).status_code == 422
    assert [one["secretName"] for one in client.get(SECRETS).json()["secrets"]] == ["kept"]
    for answer in (client.get("/_emulator/organizations/sandbox/audit"), tested):
        assert answer.headers["Content-Type"] == "application/json"


@given(
    names=st.lists(st.sampled_from(["Accept", "Cookie", "X-Forwarded-For", "Range", "TE"]), max_size=6),
    value=st.sampled_from(TEXTS).map(lambda text: text.encode().translate(None, b"\x00\r\n")),
)
def test_headers(client: httpx.Client, names: list[str], value: bytes) -> None:
    answer = client.get("/v1/organization", headers=[(name.encode(), value) for name in names])
    assert_answered(answer.status_code, answer.text)
