"""What an export of the engine's says, with secrets."""

from typing import Any

from port_byollm.cli.stack.stack import secret
from port_byollm.cli.stack.state import AccessKey, ExternalId, State

CONNECTION = "port-byollm:index:BedrockConnection"
USER = f"{CONNECTION}$port-byollm:index:GatewayUser"


def resource(types: str, name: str, **others: Any) -> dict[str, Any]:
    return {"urn": urn(types, name), "type": types.rpartition("$")[2], **others}


def urn(types: str, name: str) -> str:
    return f"urn:pulumi:dev::byollm::{types}::{name}"


def external_id(previous: object) -> dict[str, Any]:
    outputs = {"rotation": "2026-11", "generation": 2.0, "value": secret("v"), "previous": previous}
    return resource(f"{CONNECTION}$port-byollm:index:ExternalId", "bedrock", id="bedrock", outputs=outputs)


def registration(**config: str) -> dict[str, Any]:
    token = f"{CONNECTION}$port-byollm:index:LlmProvider"
    return resource(token, "bedrock", id="bedrock", outputs={"config": config})


def access_key(name: str) -> dict[str, Any]:
    token = f"{USER}$aws:iam/accessKey:AccessKey"
    return resource(token, name, id=f"id-of-{name}", parent=urn(USER, "bed-rock"), inputs={"user": "gateway"})


def test_only_what_is_outside_the_state_is_managed() -> None:
    state = State(
        [
            resource("pulumi:pulumi:Stack", "byollm-dev"),
            resource("pulumi:providers:aws", "default", id="an-id"),
            resource(CONNECTION, "bedrock"),
            external_id(secret([])),
            resource(f"{CONNECTION}$aws:iam/role:Role", "bedrock::odd", id="gateway"),
            registration(),
        ]
    )

    assert state.managed() == [
        {"type": "aws:iam/role:Role", "name": "bedrock::odd", "id": "gateway"},
        {"type": "port-byollm:index:LlmProvider", "name": "bedrock", "id": "bedrock"},
    ]
    assert state.providers() == {"bedrock"}


def test_external_id_in_use_is_that_of_the_registration() -> None:
    state = State([external_id(secret(["a", "b"])), registration(externalIdSecretName="ID-2")])

    assert state.external_id == ExternalId("2026-11", generation=2, previous=2, secret_name="ID-2")


def test_external_id_before_its_registration() -> None:
    assert State([external_id(secret([]))]).external_id == ExternalId("2026-11", 2, 0, None)
    assert State([]).external_id is None


def test_rotation_of_an_access_key_is_in_its_name() -> None:
    keys = State([access_key("bed-rock"), access_key("bed-rock-2026-11")]).access_keys

    assert keys == [
        AccessKey("id-of-bed-rock", "gateway", "1"),
        AccessKey("id-of-bed-rock-2026-11", "gateway", "2026-11"),
    ]
