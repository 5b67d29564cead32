import os
import random
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidTag

from port_byollm_sandbox.port_emulator.access import Access
from port_byollm_sandbox.port_emulator.organizations import Caller, Organization, Role
from port_byollm_sandbox.port_emulator.store import Store, StoreError

from .process import EmulatorProcess, command

SECRETS = "/v1/organization/secrets"
PROVIDERS = "/v1/llm-providers"
AUDIT = "/_emulator/organizations/sandbox/audit"
ROUNDS = 10
SEED = 20251122
CANARY = "canary-1d0e"
ACME = Caller("admin", Role.ADMIN, Organization("acme", "Acme", "eu"))
OTHER = Caller("admin", Role.ADMIN, Organization("other", "Other", "eu"))

Resource = tuple[str, str]
"""A resource's type and name."""
State = dict[Resource, str]
"""Of each resource the text that was written last: a secret's value and description, a provider's config."""


class Writer:
    """Writes one after another, to a provider and secrets that are its alone, until the emulator is gone."""

    def __init__(self, provider: str, seed: int) -> None:
        self.provider = provider
        self.acknowledged: State = {}
        self.under_way: tuple[Resource, str | None] | None = None
        """The write whose answer did not come; None in place of the text for a deletion."""
        self.writes = 0
        self._choose = random.Random(seed)  # noqa: S311 - which write comes next

    def run(self, client: httpx.Client) -> None:
        try:
            while True:
                self._write(client)
        except httpx.TransportError:
            return

    def _write(self, client: httpx.Client) -> None:
        text = f"{self.provider}_{self._choose.getrandbits(60):x}"
        present = sorted(name for kind, name in self.acknowledged if kind == "secret")
        deed = self._choose.choice(["create", "change", "delete", "register"] if present else ["create"])
        body = {"secretValue": text, "description": text}
        if deed == "register":
            self.under_way = ("llm-provider", self.provider), text
            config = {"config": {"apiKeySecretName": text}}
            answer = client.put(f"{PROVIDERS}/{self.provider}", json=config)
        elif deed == "create":
            self.under_way = ("secret", text), text
            answer = client.post(SECRETS, json=body | {"secretName": text})
        else:
            name = self._choose.choice(present)
            self.under_way = ("secret", name), None if deed == "delete" else text
            method, json = ("DELETE", None) if deed == "delete" else ("PATCH", body)
            answer = client.request(method, f"{SECRETS}/{name}", json=json)
        answer.raise_for_status()
        self.acknowledged, self.under_way = self.with_under_way(), None
        self.writes += 1

    def with_under_way(self) -> State:
        if self.under_way is None:
            return self.acknowledged
        resource, text = self.under_way
        rest = {one: value for one, value in self.acknowledged.items() if one != resource}
        return rest if text is None else rest | {resource: text}

    def go_on_from(self, found: State) -> None:
        """Every acknowledged write is there; the one under way wholly, or not at all."""
        mine = {one: text for one, text in found.items() if text.startswith(f"{self.provider}_")}
        assert mine in (self.acknowledged, self.with_under_way())
        self.acknowledged, self.under_way = mine, None


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., EmulatorProcess]]:
    started: list[EmulatorProcess] = []

    def start(*arguments: str) -> EmulatorProcess:
        started.append(EmulatorProcess(tmp_path, *arguments))
        return started[-1]

    yield start
    for emulator in started:
        emulator.end(signal.SIGKILL)


def state(client: httpx.Client) -> State:
    secrets = client.get(SECRETS).raise_for_status().json()["secrets"]
    providers = client.get(PROVIDERS).raise_for_status().json()["result"]
    return {("secret", one["secretName"]): one["description"] for one in secrets} | {
        ("llm-provider", one["provider"]): one["config"]["apiKeySecretName"] for one in providers
    }


def replayed(client: httpx.Client) -> State:
    """What the audit trail says is there, played from its beginning."""
    entries: list[dict[str, Any]] = []
    before: dict[str, int] = {}
    while page := client.get(AUDIT, params={"limit": 1000, **before}).raise_for_status().json()["audits"]:
        entries += page
        before = {"before": page[-1]["number"]}
    found: State = {}
    for entry in reversed(entries):
        [(kind, name)] = entry["context"].items()
        match entry["diff"]["after"]:
            case None:
                del found[kind, name]
            case {"description": text} | {"config": {"apiKeySecretName": text}}:
                found[kind, name] = text
    return found


def test_killed_at_any_moment_it_has_every_acknowledged_write(
    start: Callable[[], EmulatorProcess], tmp_path: Path
) -> None:
    choose = random.Random(SEED)  # noqa: S311 - when to kill
    providers = ("openai", "anthropic", "openai-compatible", "anthropic-compatible")
    writers = [Writer(provider, choose.getrandbits(32)) for provider in providers]
    emulator = start()
    access = {name: emulator.access[name] for name in ("admin", "member", "upstreams")}
    for _ in range(ROUNDS):
        clients = [emulator.client() for _ in writers]
        threads = [
            threading.Thread(target=writer.run, args=[client])
            for writer, client in zip(writers, clients, strict=True)
        ]
        for thread in threads:
            thread.start()
        time.sleep(choose.uniform(0.05, 0.4))
        emulator.end(signal.SIGKILL)
        for thread, client in zip(threads, clients, strict=True):
            thread.join()
            client.close()

        emulator = start()
        with emulator.client() as client:
            found = state(client)
            assert replayed(client) == found
        for writer in writers:
            writer.go_on_from(found)
    assert {name: emulator.access[name] for name in access} == access
    assert emulator.end(signal.SIGTERM) == 0
    assert all(writer.writes > ROUNDS for writer in writers)

    store = Store(tmp_path)
    for secret in store.secrets.all("sandbox"):
        assert store.secrets.value("sandbox", secret.name) == secret.description
    store.close()


def test_a_directory_has_one_emulator(start: Callable[[], EmulatorProcess], tmp_path: Path) -> None:
    first = start()
    second = subprocess.run(command(tmp_path), capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert second.stderr == (
        f"Error: {tmp_path}/emulator.db is in use: another emulator runs in this directory; stop it first\n"
    )
    with first.client() as client:  # which the second one left alone
        assert client.get(SECRETS).is_success


def test_without_its_file_of_credentials_it_makes_others(
    start: Callable[[], EmulatorProcess], tmp_path: Path
) -> None:
    first = start()
    with first.client() as client:
        client.post(SECRETS, json={"secretName": "one", "secretValue": "v"}).raise_for_status()
    lost = first.access["admin"]
    first.end(signal.SIGTERM)
    (tmp_path / "emulator.json").unlink()
    second = start()
    with second.client() as client:
        assert client.get(f"{SECRETS}/one").is_success
        assert client.post("/v1/auth/access_token", json=lost).status_code == 401


def test_an_endpoint_without_a_scheme_is_refused(tmp_path: Path) -> None:
    arguments = [*command(tmp_path), "--aws-endpoint-url", "localhost:5000"]
    refused = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode == 2
    assert "'localhost:5000' is not of the form http://HOST:PORT" in refused.stderr


def test_a_port_that_is_taken_and_a_directory_that_cannot_be_made_are_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = [*command(tmp_path), "--port", str(port)]
        refused = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode == 2
    assert f"another process listens on 127.0.0.1:{port}; stop it, or choose another port" in refused.stderr

    (tmp_path / "file").touch()
    refused = subprocess.run(
        command(tmp_path / "file/folder"), capture_output=True, text=True, timeout=30, check=False
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: ")
    assert f"{tmp_path}/file/folder" in refused.stderr


def test_a_spoilt_file_of_credentials_is_refused(tmp_path: Path) -> None:
    for content in ("", "[]", '{"admin": {}}'):
        (tmp_path / "emulator.json").write_text(content)
        with pytest.raises(StoreError, match=r"emulator.json is not a credentials file of the emulator"):
            Access.kept_in(tmp_path / "emulator.json")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 501, "The emulator has no AWS"),
        (["--aws-endpoint-url", "http://127.0.0.1:1"], 400, "AWS did not answer at http://127.0.0.1:1"),
    ],
    ids=["none", "silent"],
)
def test_without_an_aws_a_test_of_bedrock_fails(
    start: Callable[..., EmulatorProcess], arguments: list[str], status: int, message: str
) -> None:
    config = {"roleArn": "arn:aws:iam::111122223333:role/gateway", "region": "eu-west-1"}
    with start(*arguments).client() as client:
        answer = client.put(
            f"{PROVIDERS}/bedrock", params={"validate_connection": "true"}, json={"config": config}
        )
        assert (answer.status_code, message in answer.text) == (status, True)
        assert client.get(PROVIDERS).json()["result"] == []


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A directory with a closed store, with a secret in two organizations each."""
    store = Store(tmp_path)
    for by in (ACME, OTHER):
        store.secrets.create(by, "one", f"{CANARY}-{by.organization.id}-one", None)
        store.secrets.create(by, "two", f"{CANARY}-{by.organization.id}-two", None)
    store.close()
    return tmp_path


def test_a_store_is_for_its_owner_alone(filled: Path) -> None:
    assert {path.name for path in filled.iterdir()} == {"emulator.db", "emulator.key"}
    for path in filled.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_copied_database_alone_tells_no_value(filled: Path) -> None:
    elsewhere = filled / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(filled / "emulator.db", elsewhere)
    assert CANARY.encode() not in (elsewhere / "emulator.db").read_bytes()
    with pytest.raises(StoreError, match=r"emulator.key is missing, .*; restore it, or delete"):
        Store(elsewhere)
    (elsewhere / "emulator.key").write_bytes(os.urandom(32))
    (elsewhere / "emulator.key").chmod(0o600)
    with pytest.raises(StoreError, match=r"emulator.key is not the key of the secrets in emulator.db"):
        Store(elsewhere)


@pytest.mark.parametrize(
    ("organization_id", "name"), [("acme", "two"), ("other", "one")], ids=["of a row", "of an organization"]
)
def test_a_value_cannot_be_moved_out(filled: Path, organization_id: str, name: str) -> None:
    connection = sqlite3.connect(filled / "emulator.db")
    connection.execute(
        "UPDATE secrets SET encrypted_value = (SELECT encrypted_value FROM secrets"
        " WHERE organization_id = 'acme' AND name = 'one') WHERE organization_id = ? AND name = ?",
        (organization_id, name),
    )
    connection.commit()
    connection.close()
    store = Store(filled)
    assert store.secrets.value("acme", "one") == f"{CANARY}-acme-one"
    with pytest.raises(InvalidTag):
        store.secrets.value(organization_id, name)
    store.close()


def test_a_key_that_others_may_read_is_refused(filled: Path) -> None:
    (filled / "emulator.key").chmod(0o640)
    with pytest.raises(StoreError, match=r"emulator.key is accessible to other users; run `chmod 600` on it"):
        Store(filled)


def test_half_a_key_is_refused(filled: Path) -> None:
    (filled / "emulator.key").write_bytes(b"short")
    with pytest.raises(StoreError, match=r"emulator.key does not hold a key of 32 bytes"):
        Store(filled)


def test_tables_of_another_version_are_refused(filled: Path) -> None:
    connection = sqlite3.connect(filled / "emulator.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="tables of version 99, but this emulator needs version 1"):
        Store(filled)
