"""What AWS and Anthropic require before Anthropic's models on Bedrock can be used."""

import json
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from port_byollm import names
from port_byollm.catalogue import parse_model
from port_byollm.errors import ConfigError
from port_byollm.iam.marketplace_policy import marketplace
from port_byollm.options import keeps_description
from port_byollm.outputs import explained

_ANTHROPIC = "anthropic."


class UseCase(TypedDict):
    """Anthropic's use-case form, with the fields of `PutUseCaseForModelAccess`."""

    company_name: str
    """Name of the company that uses the models."""
    company_website: str
    """Website of the company."""
    intended_users: str
    """Who will use the application: `0` means the company's own employees."""
    industry_option: str
    """Industry, from the list in Bedrock's console."""
    other_industry_option: NotRequired[str]
    """Industry in your own words, if the list has no match."""
    use_cases: str
    """What the models are for."""


class AnthropicModelAccessArgs(TypedDict):
    """What to request. Leave out any part that is done elsewhere."""

    use_case: NotRequired[UseCase]
    """The form, submitted once per account. The management account's form covers its organization."""
    models: NotRequired[list[str]]
    """Anthropic's models to create agreements for: Port's names or Bedrock's model ids."""
    marketplace: NotRequired[bool]
    """Create a policy that lets an identity subscribe to a model by being the first to invoke it."""
    policy_name: NotRequired[str]
    """Name of that policy (default: `port-byollm-<stack>-marketplace`)."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Tags of that policy."""


class AnthropicModelAccess(pulumi.ComponentResource):
    """The use-case form, the model agreements, and the policy to subscribe in AWS Marketplace.

    All three belong to the account of the AWS provider in `opts`. To submit the form in the management
    account, create one of these with that account's provider, and another one for the rest.

    AWS keeps the form forever and rejects one with other content. Removing an agreement ends it for the whole
    account, including other users of the model.

    Source: Port, "Setup & Configuration", "Anthropic models requirements".

    Raises:
        ConfigError: a model is not one of Anthropic's on Bedrock, or has no public offer.
    """

    policy_arns: pulumi.Output[list[str]]
    """ARN of the policy to subscribe, if requested. Attach it to the identity that invokes the models."""

    @explained
    def __init__(
        self, name: str, args: AnthropicModelAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("port-byollm:index:AnthropicModelAccess", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        models = dict.fromkeys(_anthropic_id(model) for model in args.get("models", []))

        form = []
        if "use_case" in args:
            form = [aws.bedrock.UseCaseForModelAccess(name, form_data=_form(args["use_case"]), opts=child)]
        for model in models:
            aws.bedrockfoundation.ModelAgreement(
                f"{name}-{model}",
                model_id=model,
                offer_token=self._offer(model),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    depends_on=form,
                    # Each response has another token for the same offer.
                    ignore_changes=["offerToken"],
                ),
            )
        # Not annotated above, because annotated attributes become outputs in other languages.
        self.policies = []
        if args.get("marketplace", False):
            policy = aws.iam.Policy(
                name,
                name=args.get("policy_name") or names.marketplace_policy(pulumi.get_stack()),
                description="Subscribe to Bedrock models in AWS Marketplace",
                policy=marketplace().to_json(),
                tags=args.get("tags"),
                opts=keeps_description(self),
            )
            self.policies.append(policy)
        self.policy_arns = pulumi.Output.all(*(policy.arn for policy in self.policies))
        self.register_outputs({"policyArns": self.policy_arns})

    def _offer(self, model: str) -> pulumi.Output[str]:
        """Return the token of the model's public offer."""

        @explained
        def token(answer: aws.bedrockfoundation.GetModelAgreementOffersResult) -> str:
            if not answer.offers:
                raise ConfigError(
                    "models", f"AWS has no public offer for {model}", "ask AWS for it, or leave the model out"
                )
            return answer.offers[0].offer_token

        offers = aws.bedrockfoundation.get_model_agreement_offers_output(
            model_id=model, offer_type="PUBLIC", opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return offers.apply(token)


def _form(use_case: UseCase) -> str:
    return json.dumps(
        {
            "companyName": use_case["company_name"],
            "companyWebsite": use_case["company_website"],
            "intendedUsers": use_case["intended_users"],
            "industryOption": use_case["industry_option"],
            "otherIndustryOption": use_case.get("other_industry_option", ""),
            "useCases": use_case["use_cases"],
        }
    )


def _anthropic_id(name: str) -> str:
    bedrock_id = parse_model(name).bedrock_id or ""
    if not bedrock_id.startswith(_ANTHROPIC):
        raise ConfigError("models", f"{name!r} is not one of Anthropic's models on Bedrock", "leave it out")
    return bedrock_id
