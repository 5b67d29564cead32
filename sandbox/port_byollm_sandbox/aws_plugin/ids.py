"""Ids that follow from a resource's inputs, so that they are known before it exists.

This module does not import boto3, so that the command line can look up an interrupted creation fast.
"""

from collections.abc import Mapping
from typing import Any, Final

# As `pulumi import` takes them. A name in braces is an input, the account or the partition.
FORMATS: Final[Mapping[str, str]] = {
    "aws:bedrock/useCaseForModelAccess:UseCaseForModelAccess": "{account}",
    "aws:bedrockfoundation/modelAgreement:ModelAgreement": "{modelId}",
    "aws:iam/policy:Policy": "arn:{partition}:iam::{account}:policy{path}{name}",
    "aws:iam/role:Role": "{name}",
    "aws:iam/rolePolicy:RolePolicy": "{role}:{name}",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "{role}/{policyArn}",
    "aws:iam/user:User": "{name}",
    "aws:iam/userPolicy:UserPolicy": "{user}:{name}",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "{user}/{policyArn}",
}


def id_of(type_token: str, inputs: Mapping[str, Any], account_id: str, partition: str = "aws") -> str | None:
    """Return the id of a resource of `type_token` with these inputs (pulumi-aws's wire names).

    None if AWS generates it (an access key, a guardrail), or if it needs an input that is not a string.
    """
    known = {"path": "/", **{key: value for key, value in inputs.items() if isinstance(value, str)}}
    try:
        return FORMATS[type_token].format_map({**known, "account": account_id, "partition": partition})
    except KeyError:
        return None
