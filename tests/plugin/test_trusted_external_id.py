"""The external ID of a role, read from AWS."""

import json
import re
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from port_byollm.iam.trust_policy import gateway_trust
from port_byollm.plugin.serving import PluginError
from port_byollm.plugin.trusted_external_id import trusted_external_id

PRINCIPAL = "arn:aws:iam::185657066287:role/port-ai-bring-your-own-llm-eu-west-1"


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session("AKIAIOSFODNN7EXAMPLE", "example", region_name="eu-west-1")


def role(session: boto3.Session, *external_ids: str) -> str:
    trust = json.dumps(gateway_trust([PRINCIPAL], external_ids).to_dict())
    made = session.client("iam").create_role(RoleName="gateway", AssumeRolePolicyDocument=trust)
    return str(made["Role"]["Arn"])


@pytest.mark.parametrize("by_name", [True, False], ids=["name", "arn"])
def test_is_the_one_that_the_trust_policy_demands(session: boto3.Session, by_name: bool) -> None:
    arn = role(session, "the-value")
    assert trusted_external_id("gateway" if by_name else arn, session) == "the-value"


@pytest.mark.parametrize(("values", "count"), [((), "no"), (("one", "two"), "2")])
def test_is_not_guessed(session: boto3.Session, values: tuple[str, ...], count: str) -> None:
    arn = role(session, *values)
    with pytest.raises(PluginError, match=f"accepts {count} external IDs") as raised:
        trusted_external_id(arn, session)
    assert "two" not in str(raised.value)


def test_a_role_of_the_same_name_in_another_account_is_not_taken_for_it(session: boto3.Session) -> None:
    arn = role(session, "the-value")
    with pytest.raises(PluginError, match="instead of"):
        trusted_external_id(re.sub("::[0-9]{12}:", "::999999999999:", arn), session)


def test_a_role_that_is_not_there_is_named(session: boto3.Session) -> None:
    with pytest.raises(PluginError, match="AWS does not return nobody"):
        trusted_external_id("nobody", session)
