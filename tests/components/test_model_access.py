import json

import pytest

from port_byollm import AnthropicModelAccess, AnthropicModelAccessArgs, UseCase

from .conftest import Run, refusal

FORM = "aws:bedrock/useCaseForModelAccess:UseCaseForModelAccess"
AGREEMENT = "aws:bedrockfoundation/modelAgreement:ModelAgreement"
POLICY = "aws:iam/policy:Policy"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"

USE_CASE = UseCase(
    company_name="Acme",
    company_website="https://acme.example",
    intended_users="0",
    industry_option="Software",
    use_cases="Answers in the developer portal",
)


def test_sends_the_form_as_aws_takes_it(run: Run) -> None:
    registered = run(lambda: AnthropicModelAccess("anthropic", AnthropicModelAccessArgs(use_case=USE_CASE)))
    assert registered.documents(FORM, "formData") == [
        {
            "companyName": "Acme",
            "companyWebsite": "https://acme.example",
            "intendedUsers": "0",
            "industryOption": "Software",
            "otherIndustryOption": "",
            "useCases": "Answers in the developer portal",
        }
    ]
    assert registered.of(AGREEMENT) == registered.of(POLICY) == []


def test_makes_an_agreement_for_each_model_once_with_the_token_of_its_offer(run: Run) -> None:
    args = AnthropicModelAccessArgs(models=["claude-sonnet-4-5-20250929", SONNET])
    registered = run(lambda: AnthropicModelAccess("anthropic", args))
    assert registered.of(AGREEMENT) == [{"modelId": SONNET, "offerToken": f"token-of-{SONNET}"}]


def test_makes_the_marketplace_policy_when_asked(run: Run) -> None:
    registered = run(lambda: AnthropicModelAccess("anthropic", AnthropicModelAccessArgs(marketplace=True)))
    [policy] = registered.of(POLICY)
    assert policy["name"] == "port-byollm-test-marketplace"
    assert "aws-marketplace:Subscribe" in json.loads(policy["policy"])["Statement"][0]["Action"]


@pytest.mark.parametrize("model", ["gpt-5", "amazon.nova-pro-v1:0", "claude-sonet"])
def test_refuses_a_model_that_is_not_anthropics_on_bedrock(run: Run, model: str) -> None:
    refused = refusal(
        run, lambda: AnthropicModelAccess("anthropic", AnthropicModelAccessArgs(models=[model]))
    )
    assert refused.field == "models"
    assert model in str(refused)
