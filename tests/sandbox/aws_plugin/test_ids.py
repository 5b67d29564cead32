"""Ids that are known before AWS has answered are the ids that resources get."""

import subprocess
import sys
from typing import Any

import pytest

from port_byollm_sandbox.aws_plugin.ids import id_of

ACCOUNT = "111122223333"
POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ARN = f"arn:aws:iam::{ACCOUNT}:policy/byollm/invoke"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
}

# In an order in which they can be made.
PROGRAM: list[tuple[str, dict[str, Any]]] = [
    (POLICY, {"name": "invoke", "path": "/byollm/", "policy": DOCUMENT}),
    (POLICY, {"name": "other", "policy": DOCUMENT}),
    (ROLE, {"name": "gateway", "assumeRolePolicy": TRUST}),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": "gateway", "policyArn": ARN}),
    ("aws:iam/rolePolicy:RolePolicy", {"role": "gateway", "name": "extra", "policy": DOCUMENT}),
    ("aws:iam/user:User", {"name": "keys", "path": "/byollm/"}),
    ("aws:iam/userPolicy:UserPolicy", {"user": "keys", "name": "extra", "policy": DOCUMENT}),
    ("aws:iam/userPolicyAttachment:UserPolicyAttachment", {"user": "keys", "policyArn": ARN}),
    ("aws:bedrock/useCaseForModelAccess:UseCaseForModelAccess", {"formData": '{"companyName": "Acme"}'}),
]


async def test_told_ids_are_the_ids_that_resources_get(engine: Any) -> None:
    told = [id_of(kind, inputs, ACCOUNT) for kind, inputs in PROGRAM]
    assert told == [(await engine.made(kind, inputs)).id for kind, inputs in PROGRAM]


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("aws:iam/accessKey:AccessKey", {"user": "gateway"}),
        (POLICY, {"namePrefix": "byollm-"}),
        (ROLE, {"name": {"ciphertext": "…"}}),
    ],
)
def test_id_that_cannot_be_told_is_none(kind: str, inputs: dict[str, Any]) -> None:
    assert id_of(kind, inputs, ACCOUNT) is None


def test_ids_are_told_without_boto3() -> None:
    code = "import port_byollm_sandbox.aws_plugin.ids, sys; sys.exit('boto3' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
