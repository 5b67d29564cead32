from typing import Any

import pytest
from botocore.exceptions import ClientError

SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
MESSAGES = {"blockedInputMessaging": "no", "blockedOutputsMessaging": "no"}


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = error.value.response["Error"]["Code"]
    return code


def guardrail(bedrock: Any, **more: Any) -> str:
    guardrail_id: str = bedrock.create_guardrail(name="prompts", **MESSAGES, **more)["guardrailId"]
    return guardrail_id


def test_lists_the_models_of_the_catalogue(bedrock: Any) -> None:
    models = {m["modelId"]: m for m in bedrock.list_foundation_models()["modelSummaries"]}
    assert models[SONNET]["modelArn"] == f"arn:aws:bedrock:eu-west-1::foundation-model/{SONNET}"
    assert bedrock.get_foundation_model(modelIdentifier=SONNET)["modelDetails"] == models[SONNET]
    assert bedrock.list_foundation_models(byProvider="Meta")["modelSummaries"] == []


def test_missing_model_is_not_found(bedrock: Any) -> None:
    with pytest.raises(ClientError) as error:
        bedrock.get_foundation_model(modelIdentifier="anthropic.claude-none-v1:0")
    assert code_of(error) == "ResourceNotFoundException"


def test_profiles_are_those_that_the_region_can_call(bedrock: Any) -> None:
    profiles = {
        p["inferenceProfileId"]: p for p in bedrock.list_inference_profiles()["inferenceProfileSummaries"]
    }
    assert f"eu.{SONNET}" in profiles
    assert f"us.{SONNET}" not in profiles
    eu = profiles[f"eu.{SONNET}"]
    assert (
        eu["inferenceProfileArn"] == f"arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.{SONNET}"
    )
    destinations = {model["modelArn"] for model in eu["models"]}
    assert f"arn:aws:bedrock:eu-central-1::foundation-model/{SONNET}" in destinations
    for identifier in (eu["inferenceProfileId"], eu["inferenceProfileArn"]):
        found = bedrock.get_inference_profile(inferenceProfileIdentifier=identifier)
        assert found["models"] == eu["models"]


def test_global_profile_names_the_model_without_a_region(bedrock: Any) -> None:
    models = bedrock.get_inference_profile(inferenceProfileIdentifier=f"global.{SONNET}")["models"]
    assert f"arn:aws:bedrock:::foundation-model/{SONNET}" in {model["modelArn"] for model in models}


def test_there_are_no_application_profiles(bedrock: Any) -> None:
    assert bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"] == []


def test_profile_of_another_geography_is_not_found(bedrock: Any) -> None:
    with pytest.raises(ClientError) as error:
        bedrock.get_inference_profile(inferenceProfileIdentifier=f"us.{SONNET}")
    assert code_of(error) == "ResourceNotFoundException"


def test_guardrail_life(bedrock: Any) -> None:
    filters = [{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "HIGH"}]
    guardrail_id = guardrail(bedrock, contentPolicyConfig={"filtersConfig": filters})
    draft = bedrock.get_guardrail(guardrailIdentifier=guardrail_id)
    assert (draft["version"], draft["status"]) == ("DRAFT", "READY")
    assert draft["guardrailArn"] == f"arn:aws:bedrock:eu-west-1:111122223333:guardrail/{guardrail_id}"
    assert draft["contentPolicy"]["filters"] == filters

    assert bedrock.create_guardrail_version(guardrailIdentifier=guardrail_id)["version"] == "1"
    bedrock.update_guardrail(guardrailIdentifier=guardrail_id, name="renamed", **MESSAGES)
    arn = draft["guardrailArn"]
    assert bedrock.get_guardrail(guardrailIdentifier=arn)["name"] == "renamed"
    assert bedrock.get_guardrail(guardrailIdentifier=arn, guardrailVersion="1")["name"] == "prompts"
    assert [g["version"] for g in bedrock.list_guardrails()["guardrails"]] == ["DRAFT"]
    assert len(bedrock.list_guardrails(guardrailIdentifier=guardrail_id)["guardrails"]) == 2

    bedrock.delete_guardrail(guardrailIdentifier=guardrail_id, guardrailVersion="1")
    bedrock.delete_guardrail(guardrailIdentifier=guardrail_id)
    with pytest.raises(ClientError) as error:
        bedrock.get_guardrail(guardrailIdentifier=guardrail_id)
    assert code_of(error) == "ResourceNotFoundException"


def test_guardrail_names_are_unique_and_checked(bedrock: Any) -> None:
    guardrail(bedrock)
    with pytest.raises(ClientError) as duplicate:
        guardrail(bedrock)
    assert code_of(duplicate) == "ConflictException"
    with pytest.raises(ClientError, match="at 'name' failed to satisfy constraint") as misnamed:
        bedrock.create_guardrail(name="with space", **MESSAGES)
    assert code_of(misnamed) == "ValidationException"


def test_guardrail_tags(bedrock: Any) -> None:
    arn = bedrock.get_guardrail(
        guardrailIdentifier=guardrail(bedrock, tags=[{"key": "team", "value": "platform"}])
    )["guardrailArn"]
    bedrock.tag_resource(resourceARN=arn, tags=[{"key": "stage", "value": "dev"}])
    bedrock.untag_resource(resourceARN=arn, tagKeys=["team"])
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "stage", "value": "dev"}]


def test_operations_of_moto_still_work(bedrock: Any) -> None:
    assert bedrock.list_custom_models()["modelSummaries"] == []
    assert bedrock.get_model_invocation_logging_configuration()["loggingConfig"] is not None
