"""The connection in a stack's state."""

import json
from typing import Any

import pytest

from port_byollm.cli.verify.deployed import Deployment
from port_byollm.cli.verify.promise import Registration
from port_byollm.errors import PortByollmError

from .conftest import EXTERNAL_ID, REGION, ROLE_ARN, SONNET, USER_ARN

OLD = "the-one-before-it"


def resource(kind: str, called: str = "bedrock", made_of: list[str] | None = None, **outputs: Any) -> Any:
    """`made_of` are the URNs behind the secret's value."""
    urn = f"urn:pulumi:dev::byollm::{kind}::{called}"
    dependencies = {"secretValue": made_of} if made_of else {}
    return {"urn": urn, "type": kind, "outputs": outputs, "propertyDependencies": dependencies}


def secret(value: object) -> dict[str, str]:
    """As `stack export --show-secrets` has it."""
    return {"4dabf18193072939515e22adb298388d": "…", "plaintext": json.dumps(value)}


def hidden(value: object) -> dict[str, str]:
    """As `stack export` has it."""
    return {"4dabf18193072939515e22adb298388d": "…", "ciphertext": "v1:…"}


def by_role(encoded: Any = secret) -> Deployment:
    return Deployment(
        "dev",
        [
            resource("port-byollm:index:Secret", "key", secretName="KEY", secretValue=encoded("an-api-key")),
            resource("port-byollm:index:Secret", secretName="ID-2", secretValue=encoded(EXTERNAL_ID)),
            resource("port-byollm:index:ExternalId", value=encoded(EXTERNAL_ID), previous=encoded([OLD])),
            resource(
                "port-byollm:index:LlmProvider",
                provider="bedrock",
                config={"roleArn": ROLE_ARN, "externalIdSecretName": "ID-2", "region": REGION},
                effectiveModels=[SONNET],
            ),
        ],
    )


def test_a_role_and_its_external_ids() -> None:
    state = by_role()
    registration = state.registration()

    assert (registration.region, registration.models) == (REGION, [SONNET])
    assert state.identity_arn(registration) == ROLE_ARN
    assert state.external_ids(registration) == (EXTERNAL_ID, [OLD])


def test_secrets_that_cannot_be_read_are_not_known() -> None:
    state = by_role(hidden)

    assert state.external_ids(state.registration()) == (None, [])


def test_an_imported_secret_is_taken_for_the_external_id_that_it_is_given() -> None:
    made = resource("port-byollm:index:ExternalId", value=secret(EXTERNAL_ID), previous=secret([OLD]))
    imported = resource("port-byollm:index:Secret", "id", [made["urn"]], secretName="ID")
    changed = resource(
        "port-byollm:index:Secret", "id", [made["urn"]], secretName="ID", secretValue=secret("")
    )
    just_imported = resource("port-byollm:index:Secret", "id", secretName="ID")
    registration = Registration({"roleArn": ROLE_ARN, "externalIdSecretName": "ID"}, [SONNET])

    def known(one: Any) -> tuple[bool, Any]:
        state = Deployment("dev", [one, made])
        return state.is_imported("ID"), state.external_ids(registration)

    assert known(imported) == (True, (EXTERNAL_ID, [OLD]))
    assert known(just_imported) == (True, (None, []))
    assert known(changed) == (False, ("", []))


def test_a_secret_that_port_uses_and_the_stack_does_not_have_is_not_known() -> None:
    elsewhere = Registration({"roleArn": ROLE_ARN, "externalIdSecretName": "OTHER"}, [SONNET])

    assert by_role().external_ids(elsewhere) == (None, [])


def test_the_user_whose_access_key_port_has() -> None:
    key = resource("aws:iam/accessKey:AccessKey", user="gateway")
    state = Deployment(
        "dev",
        [
            resource("aws:iam/user:User", "other", name="other", arn=USER_ARN.replace("gateway", "other")),
            resource("aws:iam/user:User", name="gateway", arn=USER_ARN),
            key,
            resource("port-byollm:index:Secret", "id", [key["urn"]], secretName="key-id"),
        ],
    )
    registration = Registration({"accessKeyIdSecretName": "key-id"}, [])

    assert state.identity_arn(registration) == USER_ARN
    with pytest.raises(PortByollmError, match="does not show whose access key Port has"):
        state.identity_arn(Registration({"accessKeyIdSecretName": "another"}, []))


@pytest.mark.parametrize(
    ("resources", "problem"),
    [
        ([], "is not deployed yet; `--preview` proves"),
        ([resource("port-byollm:index:LlmProvider", provider="openai")], "does not connect Bedrock"),
    ],
)
def test_a_stack_without_bedrock(resources: list[Any], problem: str) -> None:
    with pytest.raises(PortByollmError, match=problem):
        Deployment("dev", resources).registration()
