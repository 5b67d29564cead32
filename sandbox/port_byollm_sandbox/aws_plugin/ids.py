"""Ids that follow from what a program asks for, so that they are known before AWS has answered.

Nothing is imported here: the command line looks an interrupted creation up without paying for boto3.
"""

from collections.abc import Mapping
from typing import Any, Final

# As `pulumi import` takes them; what stands in braces is an input, the account or the partition.
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
    """The id that a resource of `type_token` with these inputs (pulumi-aws's wire names) has, once it exists.

    None where AWS makes it up (an access key's, a guardrail's), or needs an input that is not given as text.
    """
    told = {"path": "/", **{key: value for key, value in inputs.items() if isinstance(value, str)}}
    try:
        return FORMATS[type_token].format_map({**told, "account": account_id, "partition": partition})
    except KeyError:
        return None
