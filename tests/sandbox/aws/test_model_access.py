import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
FORM = json.dumps({"companyName": "Acme", "intendedUsers": "0"}).encode()


def refused(code: str, call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] == code
    message: str = error.value.response["Error"]["Message"]
    return message


def offer_token(bedrock: Any, model_id: str = SONNET) -> str:
    offers = bedrock.list_foundation_model_agreement_offers(modelId=model_id)["offers"]
    token: str = offers[0]["offerToken"]
    return token


def agreement(bedrock: Any, model_id: str = SONNET) -> str:
    availability = bedrock.get_foundation_model_availability(modelId=model_id)
    status: str = availability["agreementAvailability"]["status"]
    return status


def test_form_that_was_not_filled_out_is_not_found(bedrock: Any) -> None:
    message = refused("ResourceNotFoundException", bedrock.get_use_case_for_model_access)
    assert message.startswith("You have not filled out the request form.")


def test_form_comes_back_encoded_once_more(bedrock: Any, elsewhere: Any) -> None:
    bedrock.put_use_case_for_model_access(formData=FORM)
    for client in (bedrock, elsewhere):
        assert base64.b64decode(client.get_use_case_for_model_access()["formData"]) == FORM


@pytest.mark.parametrize("form", [b"too short", b"x" * 16_385])
def test_form_of_a_size_that_aws_refuses(bedrock: Any, form: bytes) -> None:
    refused("ValidationException", bedrock.put_use_case_for_model_access, formData=form)


def test_agreement_needs_the_form_first(bedrock: Any) -> None:
    create = bedrock.create_foundation_model_agreement
    token = offer_token(bedrock)
    refused("ResourceNotFoundException", create, modelId=SONNET, offerToken=token)
    bedrock.put_use_case_for_model_access(formData=FORM)
    create(modelId=SONNET, offerToken=token)
    refused("ConflictException", create, modelId=SONNET, offerToken=token)


def test_agreement_makes_the_model_available_in_every_region(bedrock: Any, elsewhere: Any) -> None:
    bedrock.put_use_case_for_model_access(formData=FORM)
    assert agreement(bedrock) == "NOT_AVAILABLE"
    bedrock.create_foundation_model_agreement(modelId=SONNET, offerToken=offer_token(bedrock))
    assert [agreement(client) for client in (bedrock, elsewhere)] == ["AVAILABLE", "AVAILABLE"]
    assert agreement(bedrock, f"eu.{SONNET}") == "AVAILABLE"
    assert agreement(bedrock, HAIKU) == "NOT_AVAILABLE"
    bedrock.delete_foundation_model_agreement(modelId=SONNET)
    assert agreement(bedrock) == "NOT_AVAILABLE"
    assert "No agreement exists" in refused(
        "ValidationException", bedrock.delete_foundation_model_agreement, modelId=SONNET
    )


def test_offer_has_another_token_each_time_and_is_for_its_model_only(bedrock: Any) -> None:
    bedrock.put_use_case_for_model_access(formData=FORM)
    first, second = offer_token(bedrock), offer_token(bedrock)
    assert first != second
    create = bedrock.create_foundation_model_agreement
    refused("ValidationException", create, modelId=HAIKU, offerToken=first)
    refused("ValidationException", create, modelId=SONNET, offerToken="made-up")
    create(modelId=SONNET, offerToken=first)


def test_availability_before_anything_was_done(bedrock: Any) -> None:
    found = bedrock.get_foundation_model_availability(modelId=SONNET)
    del found["ResponseMetadata"]
    assert found == {
        "modelId": SONNET.removesuffix(":0"),
        "agreementAvailability": {"status": "NOT_AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    }


def test_model_that_no_profile_serves_from_the_region_is_not_available_there(client_in: Any) -> None:
    found = client_in("cn-north-1").get_foundation_model_availability(modelId=SONNET)
    assert found["regionAvailability"] == "NOT_AVAILABLE"


def test_unknown_model_is_not_found(bedrock: Any) -> None:
    model_id = "anthropic.claude-none-v1:0"
    for call in (bedrock.get_foundation_model_availability, bedrock.list_foundation_model_agreement_offers):
        refused("ResourceNotFoundException", call, modelId=model_id)


def test_each_account_and_a_reset_begin_without(bedrock: Any, server: Any, sts: Any, session: Any) -> None:
    bedrock.put_use_case_for_model_access(formData=FORM)
    keys = sts.assume_role(RoleArn="arn:aws:iam::444455556666:role/other", RoleSessionName="test")[
        "Credentials"
    ]
    other = session.client(
        "bedrock",
        endpoint_url=server.endpoint_url,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    refused("ResourceNotFoundException", other.get_use_case_for_model_access)
    server.reset()
    refused("ResourceNotFoundException", bedrock.get_use_case_for_model_access)
