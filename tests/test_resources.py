"""The Python classes under Pulumi's mocks: what they register, and what their outputs give."""

import inspect
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc

from port_byollm import resources
from port_byollm.resources import ExternalId, LlmDefaults, LlmProvider, Provider, Secret

COMPUTED: dict[str, dict[str, Any]] = {
    "port-byollm:index:Secret": {"updatedAt": "2026-11-22T00:00:00Z"},
    "port-byollm:index:ExternalId": {"value": "the-value", "previous": [], "generation": 1.0},
    "port-byollm:index:LlmProvider": {"effectiveModels": ["gpt-5"]},
    "port-byollm:index:LlmDefaults": {"previousProvider": "port", "previousModel": "gpt-5"},
}


def as_secret(value: str) -> dict[str, str]:
    """A secret as it goes to the engine."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


class Registered(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.inputs[args.typ] = dict(args.inputs)
        return f"{args.name}-id", {**args.inputs, **COMPUTED.get(args.typ, {})}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise AssertionError(args.token)


@pytest.fixture
def registered(program_loop: None) -> Registered:
    mocks = Registered()
    pulumi_mocks.set_mocks(mocks, project="byollm", stack="test", preview=False)
    return mocks


def values(program: Callable[[], dict[str, pulumi.Output[Any]]]) -> tuple[dict[str, Any], set[str]]:
    """What the outputs of a program turn out to be, and the names of those that are secrets."""
    found: dict[str, Any] = {}
    secret: set[str] = set()

    def run() -> pulumi.Output[None]:
        async def collect() -> None:
            for name, output in program().items():
                found[name] = await output.future()
                if await output.is_secret():
                    secret.add(name)

        return pulumi.Output.from_input(collect())

    pulumi.runtime.test(run)()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    return found, secret


def test_secret(registered: Registered) -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        one = Secret("it", secret_name="NAME", secret_value="canary", description="d", adopt=True)
        return {
            "name": one.secret_name,
            "value": one.secret_value,
            "description": one.description,
            "updated_at": one.updated_at,
        }

    found, secret = values(program)
    assert registered.inputs == {
        "port-byollm:index:Secret": {
            "secretName": "NAME",
            "secretValue": as_secret("canary"),
            "description": "d",
            "adopt": True,
        }
    }
    assert found == {
        "name": "NAME",
        "value": "canary",
        "description": "d",
        "updated_at": "2026-11-22T00:00:00Z",
    }
    assert secret == {"value"}


def test_external_id(registered: Registered) -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        one = ExternalId("it", rotation="a", keep_previous=False)
        return {
            "value": one.value,
            "previous": one.previous,
            "generation": one.generation,
            "rotation": one.rotation,
        }

    found, _ = values(program)
    assert registered.inputs == {"port-byollm:index:ExternalId": {"rotation": "a", "keepPrevious": False}}
    assert json.dumps(found) == json.dumps(
        {"value": "the-value", "previous": [], "generation": 1, "rotation": "a"}
    )


def test_secret_outputs_are_asked_for() -> None:
    assert resources._with_secrets(None, "value").additional_secret_outputs == ["value"]
    merged = resources._with_secrets(pulumi.ResourceOptions(protect=True), "value")
    assert (merged.protect, merged.additional_secret_outputs) == (True, ["value"])


def test_llm_provider_keeps_ports_spelling_of_config_and_models(registered: Registered) -> None:
    config = {"apiKeySecretName": "k", "some_thing": "x"}

    def program() -> dict[str, pulumi.Output[Any]]:
        one = LlmProvider("it", provider="acme", config=config, models={"a_b": True}, triggers={"x_y": "1"})
        return {
            "provider": one.provider,
            "config": one.config,
            "enabled": one.enabled,
            "models": one.models,
            "effective": one.effective_models,
        }

    found, _ = values(program)
    assert registered.inputs["port-byollm:index:LlmProvider"] == {
        "provider": "acme",
        "config": config,
        "enabled": True,
        "models": {"a_b": True},
        "validateConnection": True,
        "validationTimeout": 60,
        "triggers": {"x_y": "1"},
    }
    assert found == {
        "provider": "acme",
        "config": config,
        "enabled": True,
        "models": {"a_b": True},
        "effective": ["gpt-5"],
    }


def test_llm_defaults(registered: Registered) -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        one = LlmDefaults("it", provider="openai", model="gpt-5", enabled_models=["gpt-5"])
        return {
            "provider": one.provider,
            "model": one.model,
            "on_removal": one.on_removal,
            "residency": one.data_residency,
            "previous": pulumi.Output.all(one.previous_provider, one.previous_model),
        }

    found, _ = values(program)
    assert registered.inputs["port-byollm:index:LlmDefaults"] == {
        "provider": "openai",
        "model": "gpt-5",
        "enabledModels": ["gpt-5"],
        "onRemoval": "restore",
    }
    assert found == {
        "provider": "openai",
        "model": "gpt-5",
        "on_removal": "restore",
        "residency": None,
        "previous": ["port", "gpt-5"],
    }


def test_explicit_provider(registered: Registered) -> None:
    def program() -> dict[str, pulumi.Output[Any]]:
        acme = Provider("acme", client_id="i", client_secret="s", base_url="https://api.port.io")
        one = ExternalId("it", rotation="a", opts=pulumi.ResourceOptions(provider=acme))
        return {"urn": one.urn}

    values(program)
    assert registered.inputs["pulumi:providers:port-byollm"] == {
        "clientId": "i",
        "clientSecret": as_secret("s"),
        "baseUrl": "https://api.port.io",
    }


@pytest.mark.parametrize("kind", [ExternalId, LlmDefaults, LlmProvider, Secret])
def test_class_has_each_property_of_the_schema(kind: type[pulumi.CustomResource]) -> None:
    schema = json.loads((files("port_byollm.plugin") / "schema.json").read_text())
    described = schema["resources"][f"port-byollm:index:{kind.__name__}"]
    arguments = set(inspect.signature(kind.__init__).parameters) - {"self", "resource_name", "opts"}
    assert {_snake(name) for name in described["inputProperties"]} == arguments
    properties = {name for name, value in vars(kind).items() if isinstance(value, property)}
    assert {_snake(name) for name in described["properties"]} == properties


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
