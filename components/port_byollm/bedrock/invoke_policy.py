"""The IAM policies that permit invoking Bedrock models."""

from enum import Enum
from functools import partial
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from port_byollm import defaults, names
from port_byollm.bedrock.model_selection import ModelSelection
from port_byollm.errors import ConfigError, spell, spelled
from port_byollm.iam.documents import PolicyDocument
from port_byollm.iam.invoke_policy import Guardrail, documented, pinned
from port_byollm.numbered import numbered
from port_byollm.options import keeps_description
from port_byollm.outputs import explained

_ANY_ACCOUNT = "000000000000"
_ANY_VERSION = "1"
# Name in `iam` -> argument here.
_GUARDRAIL = {"guardrail.arn": "guardrail_arn", "guardrail.version": "guardrail_version"}


class Scope(Enum):
    """How tight an invoke policy is."""

    PINNED = "pinned"
    """One account, one region with its destination regions, models only through their inference profiles, and
    the guardrail enforced."""
    DOCUMENTED = "documented"
    """The documents on Port's setup page unchanged, with any region and any account."""


class BedrockInvokePolicyArgs(TypedDict):
    """The models, where they may run, and their guardrail."""

    geography: str
    """Where requests may be routed: `eu`, `us`, `apac`, `jp`, `au` or `global`."""
    models: NotRequired[list[str]]
    """Port's model names or Bedrock model ids. Give either this or `all_models`."""
    all_models: NotRequired[bool]
    """Grant every model on Bedrock. Give either this or `models`."""
    scope: NotRequired[Scope]
    """How tight the policy is (default: `Scope.PINNED`)."""
    allow_end_of_life: NotRequired[bool]
    """Accept models that are past their end of life."""
    region: NotRequired[str]
    """AWS region to call (default: `aws:region`). Give it if `opts` has another AWS provider."""
    account_id: NotRequired[pulumi.Input[str]]
    """AWS account that the policy is pinned to, 12 digits (default: the caller's)."""
    guardrail_arn: NotRequired[pulumi.Input[str]]
    """ARN of the guardrail that every invocation must use."""
    guardrail_version: NotRequired[pulumi.Input[str]]
    """Version of that guardrail, a number or `DRAFT` (default: any)."""
    policy_name: NotRequired[str]
    """Name of the policy (default: `port-byollm-<stack>-invoke`); further parts append `-2`, `-3`, …."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Tags of the policies."""


class BedrockInvokePolicy(pulumi.ComponentResource):
    """Managed policies that permit invoking the selected models, as many as IAM's size limit requires.

    Source: Port, "Setup & Configuration", step 1.1 "Configure IAM policy"; AWS, "Prerequisites for inference
    profiles".

    Raises:
        ConfigError: AWS would refuse an argument, or a model is not available; the error names the argument.
    """

    policy_arns: pulumi.Output[list[str]]
    """ARN of each policy."""

    @explained
    def __init__(
        self, name: str, args: BedrockInvokePolicyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("port-byollm:index:BedrockInvokePolicy", name, {}, opts)
        # Only annotated attributes become outputs in other languages; these are for Python alone.
        self.selection = ModelSelection.of(
            models=args.get("models"),
            all_models=args.get("all_models", False),
            geography=args["geography"],
            allow_end_of_life=args.get("allow_end_of_life", False),
        )
        for warning in self.selection.warnings:
            pulumi.log.warn(f"{spell('models')}: {warning}", resource=self)
        policy_name = args.get("policy_name") or names.invoke_policy(names.identity(pulumi.get_stack()))
        self.documents = self._documents(args)
        self.policies = [
            aws.iam.Policy(
                numbered(name, number),
                name=numbered(policy_name, number),
                description="Invoke the Bedrock models that Port AI uses",
                policy=document,
                tags=args.get("tags"),
                opts=keeps_description(self),
            )
            for number, document in enumerate(self.documents)
        ]
        self.policy_arns = pulumi.Output.all(*(policy.arn for policy in self.policies))
        self.register_outputs({"policyArns": self.policy_arns})

    def _documents(self, args: BedrockInvokePolicyArgs) -> list[pulumi.Output[str]]:
        """Return the documents. Their number is fixed before the account and guardrail are known."""
        models, geography, region = self.selection.granted, args["geography"], region_of(args)
        if args.get("scope", Scope(defaults.SCOPE)) is Scope.DOCUMENTED:
            parts = documented(models, geography, guardrail="guardrail_arn" in args)
            return [pulumi.Output.from_input(part.to_json()) for part in parts]

        def build(account_id: str, guardrail_arn: str | None, version: str | None) -> list[PolicyDocument]:
            with spelled(lambda field: _GUARDRAIL.get(field, field)):
                guardrail = Guardrail(guardrail_arn, version) if guardrail_arn else None
                return pinned(models, geography, region, account_id, guardrail)

        @explained
        def part(number: int, known: list[str | None]) -> str:
            account_id, guardrail_arn, version = known
            parts = build(account_id or "", guardrail_arn, version)
            if len(parts) != count:
                raise ConfigError(
                    "models",
                    f"the policy comes to {len(parts)} documents with this guardrail instead of {count}",
                    "name the guardrail by an ARN that is known at preview",
                )
            return parts[number].to_json()

        account_id = args.get("account_id") or _caller_account(self)
        guardrail_arn = args.get("guardrail_arn")
        # All account ids have the same length, and a guardrail's id is hardly longer than this one.
        stand_in = f"arn:aws:bedrock:{region}:{_ANY_ACCOUNT}:guardrail/{'x' * 12}" if guardrail_arn else None
        count = len(build(_ANY_ACCOUNT, stand_in, _ANY_VERSION if "guardrail_version" in args else None))
        inputs = pulumi.Output.all(account_id, guardrail_arn, args.get("guardrail_version"))
        return [inputs.apply(partial(part, number)) for number in range(count)]


def region_of(args: BedrockInvokePolicyArgs) -> str:
    """Return the region to call: the argument, or the default AWS provider's region."""
    region = args.get("region") or aws.config.region
    if not region:
        raise ConfigError("region", "not set", "set aws:region in the stack's configuration, or the argument")
    return region


def _caller_account(parent: pulumi.Resource) -> pulumi.Output[str]:
    caller = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=parent))
    return caller.account_id
