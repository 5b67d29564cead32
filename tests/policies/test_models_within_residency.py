"""Regions and geographies in which models can be invoked."""

import pytest

from .conftest import ACCOUNT, Judge, allowing, invoke_policy, managed

POLICY = "aws:iam/policy:Policy"
INVOKE = "bedrock:InvokeModel"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
EU = {"residency": "eu"}


def test_models_of_the_residency_pass(judge: Judge) -> None:
    assert judge(POLICY, managed(invoke_policy()), EU) == []


def test_nothing_is_asked_for_without_a_residency(judge: Judge) -> None:
    assert judge(POLICY, managed(allowing(INVOKE, "*"))) == []


def test_region_elsewhere_is_found(judge: Judge) -> None:
    arns = [f"arn:aws:bedrock:{region}::foundation-model/{SONNET}" for region in ("eu-west-1", "us-east-1")]

    assert judge(POLICY, managed(allowing(INVOKE, arns)), EU) == [
        "policy: permits invoking models in us-east-1, outside eu"
    ]


def test_region_that_only_looks_near_is_found(judge: Judge) -> None:
    document = allowing(INVOKE, f"arn:aws:bedrock:eu-*::foundation-model/{SONNET}")

    assert judge(POLICY, managed(document), EU) == [
        "policy: permits invoking models in eu-central-2, eu-west-2, outside eu"
    ]


@pytest.mark.parametrize(
    ("regions", "found"), [("sa-*", "sa-east-1"), ("us-gov-*", "us-gov-invented"), ("eu-west-?", "eu-west-2")]
)
def test_regions_alike_are_found(judge: Judge, regions: str, found: str) -> None:
    document = allowing(INVOKE, f"arn:aws:bedrock:{regions}::foundation-model/{SONNET}")

    assert judge(POLICY, managed(document), EU) == [f"policy: permits invoking models in {found}, outside eu"]


def test_profile_in_accounts_alike_is_found(judge: Judge) -> None:
    document = allowing(INVOKE, f"arn:aws:bedrock:eu-west-1:1111*:inference-profile/us.{SONNET}")

    assert len(judge(POLICY, managed(document), EU)) == 1


def test_any_region_is_found_and_counted(judge: Judge) -> None:
    [problem] = judge(POLICY, managed(allowing(INVOKE, f"arn:aws:bedrock:*::foundation-model/{SONNET}")), EU)

    assert problem.startswith("policy: permits invoking models in af-south-1, ap-east-2, ap-northeast-1 and ")


def test_any_region_of_a_model_that_is_not_in_the_catalogue_is_found(judge: Judge) -> None:
    document = allowing(INVOKE, "arn:aws:bedrock:us-west-*::foundation-model/amazon.nova-pro-v1:0")

    assert judge(POLICY, managed(document), EU) == [
        "policy: permits invoking models in us-west-1, us-west-2, outside eu"
    ]


def test_any_region_that_a_condition_limits_passes(judge: Judge) -> None:
    document = allowing(
        INVOKE,
        f"arn:aws:bedrock:*::foundation-model/{SONNET}",
        StringEquals={"aws:RequestedRegion": ["eu-west-1", "eu-north-1"]},
    )

    assert judge(POLICY, managed(document), EU) == []


def test_any_region_that_a_condition_limits_to_another_is_found(judge: Judge) -> None:
    document = allowing(
        INVOKE,
        f"arn:aws:bedrock:*::foundation-model/{SONNET}",
        StringEquals={"aws:RequestedRegion": "us-east-1"},
    )

    assert judge(POLICY, managed(document), EU) == [
        "policy: permits invoking models in us-east-1, outside eu"
    ]


@pytest.mark.parametrize("geography", ["us", "global"])
def test_profile_that_sends_elsewhere_is_found(judge: Judge, geography: str) -> None:
    profile = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:inference-profile/{geography}.{SONNET}"

    assert judge(POLICY, managed(allowing(INVOKE, profile)), EU) == [
        f"policy: permits the inference profiles {geography}.{SONNET}, which route requests outside eu"
    ]


def test_narrower_geography_passes(judge: Judge) -> None:
    profile = f"arn:aws:bedrock:ap-northeast-1:{ACCOUNT}:inference-profile/jp.{SONNET}"

    assert judge(POLICY, managed(allowing(INVOKE, profile)), {"residency": "apac"}) == []
