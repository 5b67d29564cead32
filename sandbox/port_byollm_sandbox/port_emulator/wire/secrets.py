"""Secrets. Requests contain their values, responses do not."""

from typing import Annotated, Any

from pydantic import SecretStr, StringConstraints

from port_byollm_sandbox.port_emulator import store
from port_byollm_sandbox.port_emulator.wire.body import Body

SecretName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]*$")]
Description = Annotated[str, StringConstraints(max_length=200)]


class CreateSecret(Body):
    secret_name: SecretName
    secret_value: SecretStr
    description: Description | None = None


class UpdateSecret(Body):
    secret_value: SecretStr | None = None
    description: Description | None = None


def secret(secret: store.Secret) -> dict[str, Any]:
    answer = {"secretName": secret.name, "createdAt": secret.created_at, "updatedAt": secret.updated_at}
    return answer if secret.description is None else answer | {"description": secret.description}
