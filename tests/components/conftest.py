"""Components under Pulumi's mocks: what they register, and with which inputs."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import pulumi
import pytest
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc

from port_byollm.errors import ConfigError

ACCOUNT = "123456789012"


@dataclass
class Registered(pulumi.runtime.Mocks):
    """Answers as AWS and Port would, and remembers what was asked for."""

    resources: list[pulumi.runtime.MockResourceArgs] = field(default_factory=list)
    calls: list[pulumi.runtime.MockCallArgs] = field(default_factory=list)
    previous: tuple[str, ...] = ()
    """The external ID before the last rotation."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.resources.append(args)
        computed: dict[str, dict[str, Any]] = {
            "aws:iam/policy:Policy": {"arn": f"arn:aws:iam::{ACCOUNT}:policy/{args.inputs.get('name')}"},
            "aws:iam/role:Role": {
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{args.inputs.get('name')}",
                "uniqueId": "AROATEST",
            },
            "port-byollm:index:Secret": {"updatedAt": "2026-11-01T00:00:00.000Z"},
            "aws:iam/user:User": {"arn": f"arn:aws:iam::{ACCOUNT}:user/{args.inputs.get('name')}"},
            "aws:iam/accessKey:AccessKey": {"secret": f"secret-of-{args.name}"},
            "port-byollm:index:ExternalId": {
                "value": "the-external-id",
                "previous": list(self.previous),
                "generation": 0,
            },
            "port-byollm:index:LlmProvider": {
                "effectiveModels": sorted(
                    name for name, on in (args.inputs.get("models") or {}).items() if on
                )
            },
        }
        return f"{args.name}-id", {**args.inputs, **computed.get(args.typ, {})}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        self.calls.append(args)
        answers: dict[str, dict[Any, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {
                "accountId": ACCOUNT,
                "arn": f"arn:aws:iam::{ACCOUNT}:root",
                "userId": "AIDA",
                "id": ACCOUNT,
            },
            "aws:bedrockfoundation/getModelAgreementOffers:getModelAgreementOffers": {
                **args.args,
                "offers": [{"offerId": "offer", "offerToken": f"token-of-{args.args.get('modelId')}"}],
            },
            "aws:secretsmanager/getSecretVersion:getSecretVersion": {
                **args.args,
                "secretString": "" if args.args.get("secretId") == "empty" else "from-secrets-manager",
            },
        }
        return answers[args.token], []

    def of(self, typ: str) -> list[dict[str, Any]]:
        """The inputs of each resource of that type, in the order of registration."""
        return [resource.inputs for resource in self.resources if resource.typ == typ]

    def secrets(self) -> dict[str, str]:
        """The secrets in Port by name; each value was marked secret."""
        inputs = self.of("port-byollm:index:Secret")
        assert all(rpc.is_rpc_secret(secret["secretValue"]) for secret in inputs)
        return {secret["secretName"]: rpc.unwrap_rpc_secret(secret["secretValue"]) for secret in inputs}

    def documents(self, typ: str, name: str) -> list[dict[str, Any]]:
        """The JSON documents that resources of that type have under `name`."""
        return [json.loads(inputs[name]) for inputs in self.of(typ)]


class Run(Protocol):
    """Runs a program to its end, every output resolved; what is named is told to `Registered`."""

    def __call__(self, program: Callable[[], object], *, previous: tuple[str, ...] = ()) -> Registered: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, program_loop: None) -> Run:
    """Run a program to its end, every output resolved."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("PORT_BYOLLM_CATALOGUE", "/nonexistent")

    def go(program: Callable[[], object], *, previous: tuple[str, ...] = ()) -> Registered:
        registered = Registered(previous=previous)
        pulumi_mocks.set_mocks(registered, project="byollm", stack="test", preview=False)
        pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]  # the SDK gives it no types
        return registered

    return go


def refusal(run: Run, program: Callable[[], object]) -> ConfigError:
    """What ends `program`: an error of which Pulumi prints the sentence alone."""
    with pytest.raises(pulumi.RunError) as refused:
        run(program)
    assert isinstance(refused.value, ConfigError)
    return refused.value
