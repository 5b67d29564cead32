"""The curl command of Port's setup page, sent as it stands."""

import json
import shlex

import boto3
import httpx
import pytest
from botocore.awsrequest import AWSRequest

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm_sandbox.aws.server import AwsServer

from .conftest import ORIGIN

EXTERNAL_ID = "an-external-id"
BEDROCK = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
            "Resource": [
                "arn:aws:bedrock:*:*:inference-profile/*",
                "arn:aws:bedrock:*::foundation-model/*",
            ],
        }
    ],
}
# "Configuring Bedrock with assume role" of Port's setup page; the region is optional there.
SETUP_PAGE = """
curl -X PUT 'https://api.port.io/v1/llm-providers/bedrock?validate_connection=true' \\
  -H 'Authorization: Bearer <TOKEN>' \\
  -H 'content-type: application/json' \\
  -d '{
  "config": {
    "roleArn": "arn:aws:iam::891377315606:role/assume-role-test-for-bedrock",
    "externalIdSecretName": "BEDROCK_ROLE_EXTERNAL_ID"%s
  },
  "enabled": true}'
"""


@pytest.fixture
def aws_endpoint_url(aws: AwsServer) -> str:
    return aws.endpoint_url


def create_role(endpoint_url: str, account: str, name: str) -> None:
    iam = boto3.client(
        "iam",
        endpoint_url=endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )

    def in_account(request: AWSRequest, **_: object) -> None:
        request.headers["x-moto-account-id"] = account  # whatever the keys

    iam.meta.events.register("before-sign.iam", in_account)
    trust = gateway_trust(list(GATEWAY_PRINCIPALS.values()), [EXTERNAL_ID]).to_dict()
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="invoke", PolicyDocument=json.dumps(BEDROCK))


async def curl(client: httpx.AsyncClient, command: str) -> httpx.Response:
    """Send what `curl` would."""
    method, url, headers, data = None, "", {}, None
    words = iter(shlex.split(command.replace("\\\n", ""))[1:])
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                data = next(words)
            case "-s":
                pass
            case _:
                url = word
    return await client.request(
        method or ("POST" if data else "GET"), url, headers=headers, content=data, timeout=30
    )


@pytest.mark.parametrize(
    "region", ["", ',\n    "region": "us-east-1"'], ids=["without region", "with region"]
)
async def test_the_command_of_ports_setup_page_works_as_it_stands(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, aws_endpoint_url: str, region: str
) -> None:
    create_role(aws_endpoint_url, "891377315606", "assume-role-test-for-bedrock")
    secret = {"secretName": "BEDROCK_ROLE_EXTERNAL_ID", "secretValue": EXTERNAL_ID}
    assert (await admin.post("/v1/organization/secrets", json=secret)).status_code == 201
    command = SETUP_PAGE % region
    command = command.replace("https://api.port.io", ORIGIN)
    command = command.replace("Bearer <TOKEN>", admin.headers["Authorization"])
    answer = await curl(anonymous, command)
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["config"]["region"] == ("us-east-1" if region else "eu-west-1")
