"""Documents of a connection that holds, in files and in AWS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.invoke_policy import pinned
from port_byollm.iam.trust_policy import gateway_trust

if TYPE_CHECKING:
    from port_byollm_sandbox.aws.server import AwsServer

ACCOUNT, REGION = "111122223333", "eu-west-1"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/gateway"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/gateway"
SONNET = "claude-sonnet-4-5-20250929"
EXTERNAL_ID = "Z5ebYTtk7wXF-P0ABsZeH5D_wU5E3myiirJIn2DELuw"

Json = dict[str, Any]
Write = Callable[[str, object], str]


def invoke_policy() -> Json:
    [document] = pinned([SONNET], "eu", REGION, ACCOUNT, None)
    return document.to_dict()


def trust_policy(*external_ids: str) -> Json:
    return gateway_trust([*GATEWAY_PRINCIPALS.values()], external_ids).to_dict()


def allowing(action: str, resource: str = "*") -> Json:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file, as JSON unless it is text; returns its path."""

    def write(name: str, content: object) -> str:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


@pytest.fixture
def iam(aws: "AwsServer") -> Any:
    return boto3.client("iam", region_name=REGION)
