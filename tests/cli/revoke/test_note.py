"""What the state is told."""

import copy
import json
from typing import Any

from port_byollm.cli.revoke.identity import Role, User
from port_byollm.cli.revoke.note import note
from port_byollm.iam.revocation import POLICY_NAME, closed_trust

PARENTS = "port-byollm:index:BedrockConnection$port-byollm:index:GatewayRole"
STATE: list[dict[str, Any]] = [
    {
        "urn": f"urn:pulumi:prod::byollm::{PARENTS}$aws:iam/role:Role::bedrock",
        "type": "aws:iam/role:Role",
        "id": "gateway",
        "inputs": {"assumeRolePolicy": {"ciphertext": "…"}},
        "outputs": {"assumeRolePolicy": {"ciphertext": "…"}, "arn": "arn"},
        "parent": f"urn:pulumi:prod::byollm::{PARENTS}::bedrock",
        "provider": "urn:pulumi:prod::byollm::pulumi:providers:aws::aws::id",
    },
    {
        "urn": "urn:pulumi:prod::byollm::aws:iam/user:User::keys",
        "type": "aws:iam/user:User",
        "id": "gateway",
        "inputs": {},
        "outputs": {},
        "provider": "urn:pulumi:prod::byollm::pulumi:providers:aws::aws::id",
    },
    {
        "urn": "urn:pulumi:prod::byollm::aws:iam/accessKey:AccessKey::keys",
        "type": "aws:iam/accessKey:AccessKey",
        "id": "AKIA",
        "inputs": {"user": "gateway"},
        "outputs": {"user": "gateway", "status": "Active"},
    },
]


def noted(*revoked: Role | User) -> list[dict[str, Any]]:
    state = copy.deepcopy(STATE)
    note(state, revoked)
    return state


def test_a_role() -> None:
    role, user, key, policy = noted(Role("gateway", "arn", None))

    closed = closed_trust().to_json()
    assert role["inputs"] == {"assumeRolePolicy": closed}
    assert role["outputs"] == {"assumeRolePolicy": closed, "arn": "arn"}
    assert [user, key] == STATE[1:]
    assert policy == {
        "urn": f"urn:pulumi:prod::byollm::{PARENTS}$aws:iam/rolePolicy:RolePolicy::{POLICY_NAME}",
        "custom": True,
        "id": f"gateway:{POLICY_NAME}",
        "type": "aws:iam/rolePolicy:RolePolicy",
        "inputs": {"role": "gateway", "name": POLICY_NAME},
        "outputs": {"role": "gateway", "name": POLICY_NAME},
        "dependencies": [role["urn"]],
        "propertyDependencies": {"role": [role["urn"]]},
        "parent": role["parent"],
        "provider": role["provider"],
    }


def test_a_user() -> None:
    role, _, key, policy = noted(User("gateway", "arn", None))

    assert role == STATE[0]
    assert key["outputs"]["status"] == "Inactive"
    assert key["inputs"] == {"user": "gateway"}  # as the program has it
    assert policy["urn"] == f"urn:pulumi:prod::byollm::aws:iam/userPolicy:UserPolicy::{POLICY_NAME}"


def test_once_more_is_the_same() -> None:
    both = (Role("gateway", "arn", None), User("gateway", "arn", None))
    state = noted(*both)
    again = json.loads(json.dumps(state))
    note(again, both)
    assert again == state


def test_what_is_not_revoked_stays() -> None:
    assert noted(Role("other", "arn", None), User("other", "arn", None)) == STATE
