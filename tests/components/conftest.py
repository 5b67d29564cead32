"""Components under Pulumi's mocks: what they register, and with which inputs."""

import asyncio
import gc
import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks as pulumi_mocks

ACCOUNT = "123456789012"


@dataclass
class Registered(pulumi.runtime.Mocks):
    """Answers as AWS and Port would, and remembers what was asked for."""

    resources: list[pulumi.runtime.MockResourceArgs] = field(default_factory=list)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.resources.append(args)
        computed = {
            "aws:iam/policy:Policy": {"arn": f"arn:aws:iam::{ACCOUNT}:policy/{args.inputs.get('name')}"},
            "aws:iam/role:Role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{args.inputs.get('name')}"},
            "port-byollm:index:ExternalId": {"value": "the-external-id", "previous": None, "slot": 0},
            "port-byollm:index:LlmProvider": {
                "effectiveModels": sorted(
                    name for name, on in (args.inputs.get("models") or {}).items() if on
                )
            },
        }
        return f"{args.name}-id", {**args.inputs, **computed.get(args.typ, {})}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        assert args.token == "aws:index/getCallerIdentity:getCallerIdentity"
        return {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "userId": "AIDA", "id": ACCOUNT}

    def of(self, typ: str) -> list[dict[str, Any]]:
        """The inputs of each resource of that type, in the order of registration."""
        return [resource.inputs for resource in self.resources if resource.typ == typ]

    def documents(self, typ: str, name: str) -> list[dict[str, Any]]:
        """The JSON documents that resources of that type have under `name`."""
        return [json.loads(inputs[name]) for inputs in self.of(typ)]


Run = Callable[[Callable[[], object]], Registered]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a program to its end, every output resolved."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("PORT_BYOLLM_CATALOGUE", "/nonexistent")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    def go(program: Callable[[], object]) -> Registered:
        registered = Registered()
        pulumi_mocks.set_mocks(registered, project="byollm", stack="test", preview=False)
        pulumi.runtime.test(program)()
        return registered

    yield go
    asyncio.set_event_loop(None)
    with warnings.catch_warnings():
        # The SDK's mock monitor makes an event loop in each thread of the executor, and closes none.
        warnings.simplefilter("ignore", ResourceWarning)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        gc.collect()
