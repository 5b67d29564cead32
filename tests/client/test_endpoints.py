"""Secrets, LLM providers and defaults: what is asked of Port, and what is made of its answers."""

import httpx
import pytest

from port_byollm.catalogue import ALL_MODEL_NAMES
from port_byollm.client import errors
from port_byollm.client.http import ATTEMPTS

from .conftest import Port

ROLE = {"roleArn": "arn:aws:iam::111122223333:role/port-byollm", "region": "eu-west-1"}
MODELS = {"claude-haiku-4-5-20251001": True, "claude-sonnet-4-20250514": False}


def gone() -> httpx.Response:
    return httpx.Response(404, json={"ok": False, "error": "not_found", "message": "gone"})


def registered(**changes: object) -> httpx.Response:
    switches = {name: {"enabled": MODELS.get(name, False)} for name in ALL_MODEL_NAMES}
    result = {"provider": "bedrock", "enabled": True, "config": ROLE, "effectiveModels": switches, **changes}
    return httpx.Response(200, json={"ok": True, "result": result})


def secret(description: str) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "secret": {"secretName": "s", "description": description}})


async def test_secret_is_created_with_what_was_given(port: Port) -> None:
    port.answers = [httpx.Response(200, json={"ok": True})]
    await port.client().secrets.create("s", "v", "d")
    assert port.asked == [("POST", "/v1/organization/secrets")]
    assert port.body() == {"secretName": "s", "secretValue": "v", "description": "d"}


async def test_empty_answer_is_success(port: Port) -> None:
    port.answers = [httpx.Response(204)]
    await port.client().secrets.delete("s")


async def test_lost_creation_of_a_secret_is_finished_when_it_is_there(port: Port) -> None:
    port.answers = [httpx.ReadTimeout, secret("mine"), httpx.Response(200, json={"ok": True})]
    await port.client().secrets.create("s", "v", "mine")
    assert [method for method, _ in port.asked] == ["POST", "GET", "PATCH"]
    assert port.body() == {"secretValue": "v", "description": "mine"}


async def test_lost_creation_of_a_secret_is_sent_again_when_it_is_not_there(port: Port) -> None:
    port.answers = [httpx.Response(502), gone(), httpx.Response(200, json={"ok": True})]
    await port.client().secrets.create("s", "v", "mine")
    assert [method for method, _ in port.asked] == ["POST", "GET", "POST"]


async def test_lost_creation_does_not_overwrite_somebody_elses_secret(port: Port) -> None:
    port.answers = [httpx.ReadTimeout, secret("theirs")]
    with pytest.raises(errors.Conflict):
        await port.client().secrets.create("s", "v", "mine")
    assert [method for method, _ in port.asked] == ["POST", "GET"]


async def test_creation_that_was_never_sent_is_sent_again(port: Port) -> None:
    port.answers = [httpx.ConnectError, httpx.Response(200, json={"ok": True})]
    await port.client().secrets.create("s", "v")
    assert [method for method, _ in port.asked] == ["POST", "POST"]


async def test_names_are_quoted_in_paths(port: Port) -> None:
    port.answers = [gone()]
    assert await port.client().secrets.get("a/../b") is None
    assert port.requests[0].url.raw_path == b"/v1/organization/secrets/a%2F..%2Fb"


@pytest.mark.parametrize("noun", ["secrets", "llm_providers"])
async def test_what_is_gone_is_read_as_none_and_deleted_already(port: Port, noun: str) -> None:
    port.answers = [gone(), gone()]
    endpoint = getattr(port.client(), noun)
    assert await endpoint.get("x") is None
    await endpoint.delete("x")


async def test_creation_names_only_the_models_given(port: Port) -> None:
    port.answers = [registered()]
    found = await port.client().llm_providers.create("bedrock", ROLE, models=MODELS, validate_connection=True)
    assert port.body() == {
        "provider": "bedrock",
        "config": ROLE,
        "enabled": True,
        "overrides": {"models": {name: {"enabled": on} for name, on in MODELS.items()}},
    }
    assert port.requests[0].url.query == b"validate_connection=true"
    assert found.effective_models == ["claude-haiku-4-5-20251001"]


async def test_change_names_every_model_of_ports(port: Port) -> None:
    port.answers = [registered()]
    await port.client().llm_providers.update("bedrock", ROLE, models={**MODELS, "claude-opus-4-6": True})
    enabled = {name: switch["enabled"] for name, switch in port.body()["overrides"]["models"].items()}
    assert enabled == {**dict.fromkeys(ALL_MODEL_NAMES, False), **MODELS, "claude-opus-4-6": True}
    assert port.requests[0].url.query == b"validate_connection=false"


async def test_no_overrides_where_no_models_were_given(port: Port) -> None:
    port.answers = [registered(), registered()]
    await port.client().llm_providers.create("bedrock", ROLE)
    await port.client().llm_providers.update("bedrock", ROLE)
    assert "overrides" not in port.body(0)
    assert "overrides" not in port.body(1)


async def test_lost_registration_is_looked_up(port: Port) -> None:
    port.answers = [httpx.ReadTimeout, registered()]
    found = await port.client().llm_providers.create("bedrock", ROLE, models=MODELS)
    assert found.config == ROLE
    assert [method for method, _ in port.asked] == ["POST", "GET"]


async def test_lost_calls_are_looked_up_each_time(port: Port) -> None:
    port.answers = [httpx.ReadTimeout, gone(), httpx.Response(503), gone(), httpx.ReadError, registered()]
    await port.client().llm_providers.create("bedrock", ROLE, models=MODELS)
    assert [method for method, _ in port.asked] == ["POST", "GET"] * 3
    assert len(port.waits) == 2


async def test_lost_call_that_is_carried_out_late_is_found_by_its_refusal(port: Port) -> None:
    taken = httpx.Response(400, json={"ok": False, "error": "LLMProviderInvalidConfigError"})
    port.answers = [httpx.ReadTimeout, gone(), taken, registered()]
    found = await port.client().llm_providers.create("bedrock", ROLE, models=MODELS)
    assert found.config == ROLE


async def test_refusal_of_a_call_that_was_sent_again_is_told(port: Port) -> None:
    refused = httpx.Response(400, json={"ok": False, "error": "LLMProviderModelTestError"})
    port.answers = [httpx.ReadTimeout, gone(), refused, gone()]
    with pytest.raises(errors.ModelTestFailed):
        await port.client().llm_providers.create("bedrock", ROLE, models=MODELS)


async def test_lost_calls_end(port: Port) -> None:
    port.answers = [answer for _ in range(ATTEMPTS) for answer in (httpx.ReadTimeout, gone())]
    with pytest.raises(errors.PortUnreachable, match="may have been carried out"):
        await port.client().secrets.create("s", "v", "mine")
    assert port.answers == []


async def test_secret_in_a_config_is_not_quoted(port: Port) -> None:
    text = "the header Bearer canary is wrong"
    for _ in range(2):
        port.answers.append(httpx.Response(400, json={"ok": False, "error": "x", "message": text}))
    config = {"headers": {"authorization": "Bearer canary"}}
    for call in (port.client().llm_providers.create, port.client().llm_providers.update):
        with pytest.raises(errors.InvalidRequest, match=r"the header \[secret\] is wrong"):
            await call("acme", config, secrets=["Bearer canary"])


async def test_lost_registration_finds_another(port: Port) -> None:
    port.answers = [httpx.ReadTimeout, registered(config={**ROLE, "region": "us-east-1"})]
    with pytest.raises(errors.Conflict):
        await port.client().llm_providers.create("bedrock", ROLE, models=MODELS)


async def test_unknown_provider_and_model_pass_through(port: Port) -> None:
    answer = {"provider": "vertex-gemini", "enabled": True, "effectiveModels": {"gemini-3": {}}, "new": 1}
    port.answers = [httpx.Response(200, json={"ok": True, "result": answer})]
    found = await port.client().llm_providers.create("vertex-gemini", {"x": "y"}, models={"gemini-3": True})
    assert (found.config, found.effective_models) == ({}, ["gemini-3"])


async def test_defaults_are_set_as_a_pair(port: Port) -> None:
    port.answers = [httpx.Response(200, json={"ok": True, "result": {"provider": "p", "model": "m"}})]
    await port.client().llm_providers.set_defaults("p", "m")
    assert port.asked == [("PUT", "/v1/llm-providers/defaults")]
    assert port.body() == {"provider": "p", "model": "m"}


async def test_all_registrations_are_listed(port: Port) -> None:
    listed = [registered().json()["result"], {"provider": "openai", "enabled": False}]
    port.answers = [httpx.Response(200, json={"ok": True, "result": listed})]
    bedrock, openai = await port.client().llm_providers.all()
    assert (bedrock.provider, bedrock.effective_models) == ("bedrock", ["claude-haiku-4-5-20251001"])
    assert (openai.provider, openai.enabled, openai.effective_models) == ("openai", False, [])


@pytest.mark.parametrize("answer", [{"ok": True}, {"ok": True, "result": {}}, {"ok": True, "result": [{}]}])
async def test_a_list_that_is_none_is_not_taken_for_an_empty_one(
    port: Port, answer: dict[str, object]
) -> None:
    port.answers = [httpx.Response(200, json=answer)]
    with pytest.raises(errors.UnexpectedAnswer):
        await port.client().llm_providers.all()


@pytest.mark.parametrize(
    ("answer", "own"),
    [
        ({"provider": "port", "model": "claude-sonnet-4-5-20250929"}, False),
        ({"provider": "port", "model": "gpt-5", "updatedAt": "2026-11-01T00:00:00.000Z"}, True),
        ({"provider": "bedrock", "model": "claude-sonnet-4-5-20250929"}, True),
    ],
)
async def test_the_systems_default_is_told_from_the_organizations(
    port: Port, answer: dict[str, str], own: bool
) -> None:
    port.answers = [httpx.Response(200, json={"ok": True, "result": answer})]
    assert (await port.client().llm_providers.get_defaults()).is_organizations is own


async def test_the_months_quota(port: Port) -> None:
    usage = {"monthlyLimit": 500, "remainingQuota": 12, "month": "2026-11", "remainingTimeMs": 1000}
    port.answers = [
        httpx.Response(200, json={"ok": True, "monthlyQuotaUsage": usage}),
        httpx.Response(200, json={"ok": True}),
    ]
    quota = await port.client().quota.ai_invocations()
    assert (quota.remaining_quota, quota.monthly_limit, quota.month) == (12, 500, "2026-11")
    with pytest.raises(errors.UnexpectedAnswer):
        await port.client().quota.ai_invocations()
