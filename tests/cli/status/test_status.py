"""What a request gets, and what the stack has to do with it."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import secret
from port_byollm.cli.stack.state import State
from port_byollm.cli.status import Status
from port_byollm.cli.status.managed import Managed
from port_byollm.cli.status.providers import Providers
from port_byollm.cli.status.request import Request
from port_byollm.client.wire import LlmDefaults, LlmProvider, SecretInfo

SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"


def registered(
    provider: str = "bedrock", models: Mapping[str, bool] | None = None, *, enabled: bool = True
) -> LlmProvider:
    switches = {name: {"enabled": on} for name, on in (models or {}).items()}
    return LlmProvider.model_validate({"provider": provider, "enabled": enabled, "effectiveModels": switches})


def default(provider: str = "bedrock", model: str = SONNET) -> LlmDefaults:
    stamp = {} if provider == "port" else {"updatedAt": "2026-11-01T00:00:00.000Z"}
    return LlmDefaults.model_validate({"provider": provider, "model": model, **stamp})


def resource(kind: str, resource_id: str | None, **outputs: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::byollm::port-byollm:index:BedrockConnection${kind}::bedrock"
    identity = {} if resource_id is None else {"id": resource_id}
    return {"urn": urn, "type": kind, "outputs": outputs, **identity}


def state(previous: tuple[str, ...] = ()) -> State:
    return State(
        [
            {"urn": "urn:pulumi:dev::byollm::pulumi:pulumi:Stack::byollm-dev", "type": "pulumi:pulumi:Stack"},
            resource("pulumi:providers:aws", "an-id"),
            resource("port-byollm:index:BedrockConnection", None),
            resource(
                "port-byollm:index:ExternalId",
                "bedrock",
                rotation="2026-11",
                value=secret("canary-value"),
                previous=secret(previous),
            ),
            resource("aws:iam/role:Role", "gateway"),
            resource(
                "port-byollm:index:LlmProvider", "bedrock", config={"externalIdSecretName": "EXTERNAL_ID"}
            ),
        ]
    )


def status(
    *,
    previous: tuple[str, ...] = (),
    external_id: dict[str, Any] | None = None,
    found: SecretInfo | None = None,
) -> Status:
    plan = Plan({"byollm:bedrock": {"externalId": external_id or {}}})
    registrations = [registered(models={SONNET: True, HAIKU: False, "gpt-5": False})]
    return Status(
        Request.of(default(), registrations),
        Providers(registrations, state().providers()),
        Managed("dev", plan, state(previous), found),
    )


@pytest.mark.parametrize(
    ("providers", "problem"),
    [
        ([registered(models={SONNET: True})], None),
        ([], "bedrock is not registered"),
        ([registered("openai", {SONNET: True})], "bedrock is not registered"),
        ([registered(models={SONNET: True}, enabled=False)], "bedrock is disabled"),
        ([registered(models={SONNET: False, HAIKU: True})], f"{SONNET} is not enabled for bedrock"),
        ([registered()], None),  # a provider whose models are the user's own
    ],
)
def test_a_request_is_judged_in_ports_order(providers: list[LlmProvider], problem: str | None) -> None:
    request = Request.of(default(), providers)

    assert (request.provider, request.model, request.is_organizations) == ("bedrock", SONNET, True)
    assert request.problem == problem


def test_the_systems_default_needs_no_registration() -> None:
    request = Request.of(default("port"), [])

    assert (request.is_organizations, request.problem) == (False, None)


def test_json_has_all_of_it_and_no_secret() -> None:
    info = SecretInfo.model_validate({"secretName": "EXTERNAL_ID", "updatedAt": "2026-11-02T00:00:00.000Z"})
    said = status(
        previous=("canary-before",), external_id={"previousUntil": "2026-12-31"}, found=info
    ).to_json()

    assert said["request"] == {
        "provider": "bedrock",
        "model": SONNET,
        "default": "organization",
        "problem": None,
    }
    assert said["providers"] == [
        {"provider": "bedrock", "enabled": True, "models": {SONNET: True, HAIKU: False}, "managed": True}
    ]
    assert said["externalId"] == {
        "rotation": "2026-11",
        "secretName": "EXTERNAL_ID",
        "since": "2026-11-02T00:00:00.000Z",
        "previousAccepted": True,
        "previousUntil": "2026-12-31",
    }
    assert "canary" not in json.dumps(said)


@pytest.mark.parametrize(
    ("previous", "today", "expected"),
    [
        ((), date(2027, 1, 1), []),
        (("before",), date(2026, 12, 31), ["Previous values are still accepted until 2026-12-31."]),
        (
            ("before",),
            date(2027, 1, 1),
            ["Previous values are still accepted until 2026-12-31.", "That day has passed"],
        ),
    ],
)
def test_the_previous_external_id_is_told_while_it_is_accepted(
    previous: tuple[str, ...], today: date, expected: list[str]
) -> None:
    said = status(previous=previous, external_id={"previousUntil": "2026-12-31"})

    lines = list(said.managed.lines(today))
    [first, *more] = lines[lines.index("") + 1 :]
    assert "Port has no such secret" in first
    assert [line.strip()[: len(text)] for line, text in zip(more, expected, strict=True)] == expected


def test_text_names_what_matters() -> None:
    text = "\n".join(status(previous=("canary-before",)).lines(date(2026, 11, 1)))

    assert f"  {SONNET} of bedrock (the organization's default)." in text
    assert "gpt-5" not in text  # not Bedrock's
    assert [line.split() for line in text.splitlines() if HAIKU in line] == [[HAIKU, "disabled"]]
    assert "aws:iam/role:Role" in text
    assert "canary" not in text


def test_text_of_an_empty_organization() -> None:
    said = Status(
        Request.of(default("port"), []), Providers([], set()), Managed("dev", Plan({}), State([]), None)
    )
    text = "\n".join(said.lines(date(2026, 11, 1)))

    assert "the organization has set none" in text
    assert "has registered no provider" in text
    assert "The stack dev manages nothing." in text
    assert "External ID" not in text
