"""What goes into a record, and what is held against it."""

import json
from pathlib import Path
from typing import Any

import pytest

from port_byollm.cli.audit.documents import differences, digest, documents_of
from port_byollm.cli.audit.seal import read, write
from port_byollm.cli.audit.source import source
from port_byollm.cli.audit.update import read_events, rules, update
from port_byollm.cli.verify.identity import Identity
from port_byollm.errors import ConfigError
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm.proof import Policy, Unknown

GATEWAY = "arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-eu-west-1"
ANOTHER = "arn:aws:iam::444455556666:role/gateway"
DONE = {
    "summaryEvent": {"isPreview": False, "result": "succeeded", "resourceChanges": {"update": 1, "same": 1}}
}


def trust(principal: str, *external_ids: str) -> dict[str, Any]:
    return gateway_trust([principal], external_ids).to_dict()


def step(operation: str, urn: str) -> dict[str, Any]:
    return {"resourcePreEvent": {"metadata": {"op": operation, "urn": urn}}}


def logged(tmp_path: Path, *events: dict[str, Any]) -> Path:
    path = tmp_path / "events.json"
    path.write_text("\n".join(map(json.dumps, events)))
    return path


def test_a_digest_is_of_what_is_meant_and_not_of_an_external_id() -> None:
    [statement] = trust(GATEWAY, "one")["Statement"]
    reordered = {"Statement": [dict(reversed(statement.items()))], "Version": "2012-10-17"}

    assert digest(reordered) == digest(trust(GATEWAY, "one"))
    assert digest(trust(GATEWAY, "another")) == digest(trust(GATEWAY, "one"))
    assert digest(trust(GATEWAY, "one", "two")) != digest(trust(GATEWAY, "one"))
    assert digest(trust(GATEWAY)) != digest(trust(GATEWAY, "one"))
    assert digest(trust(ANOTHER, "one")) != digest(trust(GATEWAY, "one"))


def test_each_document_has_a_digest_but_one_that_cannot_be_seen() -> None:
    boundary = Policy("edge", {"Statement": []})
    policies = (Policy("invoke", {"Statement": []}), Policy("hidden", Unknown("AccessDenied")))

    found = documents_of(Identity("arn", trust(GATEWAY, "one"), policies, boundary))

    names = ["hidden", "invoke", "permissions boundary edge", "trust policy"]
    assert [one["name"] for one in found] == names
    assert [one["sha256"] is None for one in found] == [True, False, False, False]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([{"name": "a", "sha256": "1"}], []),
        ([{"name": "a", "sha256": "2"}], ["a: it differs from what was recorded"]),
        ([{"name": "a", "sha256": None}], ["a: it cannot be compared, because it could not be read"]),
        ([], ["a: it was recorded and no longer exists"]),
        (
            [{"name": "a", "sha256": "1"}, {"name": "b", "sha256": "1"}],
            ["b: it exists and was not recorded"],
        ),
    ],
)
def test_what_differs_is_named(found: list[dict[str, str | None]], said: list[str]) -> None:
    assert differences([{"name": "a", "sha256": "1"}], found) == said


def test_a_sealed_record_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write(path, {"stack": "prod"})

    assert read(path) == {"stack": "prod"}


def test_a_record_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write(path, {"stack": "prod"})
    path.write_text(path.read_text().replace("prod", "dev"))

    with pytest.raises(ConfigError, match=r"does not match record.json.sha256"):
        read(path)
    path.with_name("record.json.sha256").unlink()
    with pytest.raises(ConfigError, match=r"there is no record.json.sha256 beside it"):
        read(path)


def test_an_update_is_told_by_names_and_counts(tmp_path: Path) -> None:
    events = read_events(logged(tmp_path, step("update", "b"), step("update", "a"), step("same", "c"), DONE))

    assert update(events) == {
        "result": "succeeded",
        "counts": {"same": 1, "update": 1},
        "operations": {"update": ["a", "b"]},
    }
    assert rules("prod", events) is None


@pytest.mark.parametrize("events", [[], [{"summaryEvent": {"isPreview": True}}], [step("update", "a")]])
def test_a_log_of_no_finished_update_is_refused(tmp_path: Path, events: list[dict[str, Any]]) -> None:
    with pytest.raises(ConfigError, match="pulumi up --event-log"):
        read_events(logged(tmp_path, *events))


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_text("Updating (prod):")

    with pytest.raises(ConfigError, match="is not an event log"):
        read_events(path)


def test_there_is_no_revision_outside_of_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert source(tmp_path) is None
