"""One environment: what `Pulumi.<stack>.yaml` asks for, made of our components."""

import pulumi
import pulumi_aws as aws

from config import Bedrock, Defaults, StackConfig, Target, load
from port_byollm import BedrockConnection, BedrockConnectionArgs, LlmDefaults
from port_byollm.bedrock import Scope
from port_byollm.errors import ConfigError, PortByollmError


def main() -> None:
    config = load(pulumi.get_stack())
    connection = _bedrock(config, config.bedrock) if config.bedrock and _manages(config, "bedrock") else None
    defaults = (
        _defaults(config, config.defaults, connection)
        if config.defaults and _manages(config, "defaults")
        else None
    )
    if connection:
        pulumi.export("roleArn", connection.role_arn)
        pulumi.export("policyArns", connection.policy_arns)
        pulumi.export("externalIdSecretName", connection.external_id_secret_name)
        pulumi.export(
            "providers",
            {
                "bedrock": {
                    "enabled": connection.enabled,
                    "effectiveModels": connection.effective_models,
                }
            },
        )
    if defaults:
        pulumi.export("defaultProvider", defaults.provider)
        pulumi.export("defaultModel", defaults.model)


def _manages(config: StackConfig, what: str) -> bool:
    return config.target is None or what in config.target.manages


def _bedrock(config: StackConfig, bedrock: Bedrock) -> BedrockConnection:
    args = BedrockConnectionArgs(
        geography=bedrock.geography,
        scope=Scope(bedrock.scope),
        disabled_models=bedrock.disabled_models,
        allow_end_of_life=bedrock.allow_end_of_life,
        external_id_rotation=bedrock.external_id.rotation,
        validate_connection=bedrock.validate_connection,
        validation_timeout=bedrock.validation_timeout,
        adopt=bedrock.adopt,
        tags=config.tags,
    )
    if bedrock.models == "all":
        args["all_models"] = True
    else:
        args["models"] = bedrock.models
    if bedrock.guardrail:
        args["guardrail_arn"] = bedrock.guardrail.arn
        if bedrock.guardrail.version:
            args["guardrail_version"] = bedrock.guardrail.version
    if bedrock.external_id.secret_name:
        args["external_id_secret_name"] = bedrock.external_id.secret_name
    if bedrock.role.name:
        args["role_name"] = bedrock.role.name
    if bedrock.role.max_session_duration is not None:
        args["max_session_duration"] = bedrock.role.max_session_duration
    if bedrock.role.permissions_boundary:
        args["permissions_boundary"] = bedrock.role.permissions_boundary
    if config.target:
        args["account_id"] = _expected_account(config.target)
    return BedrockConnection("bedrock", args)


def _expected_account(target: Target) -> pulumi.Output[str]:
    def check(caller: aws.GetCallerIdentityResult) -> str:
        if caller.account_id != target.aws_account_id:
            mismatch = ConfigError(
                "byollm:target.awsAccountId",
                f"the credentials in use are of AWS account {caller.account_id}, not {target.aws_account_id}",
                "use credentials of the target account",
            )
            # A preview writes nothing, and shows more with borrowed credentials than none.
            if not pulumi.runtime.is_dry_run():
                raise mismatch
            pulumi.log.warn(str(mismatch))
        return target.aws_account_id

    return aws.get_caller_identity_output().apply(check)


def _defaults(config: StackConfig, defaults: Defaults, connection: BedrockConnection | None) -> LlmDefaults:
    own = connection is not None and defaults.provider == "bedrock"
    return LlmDefaults(
        "defaults",
        # By way of the connection, so that the defaults come after the provider they name and go before it.
        provider=connection.provider if connection and own else defaults.provider,
        model=defaults.model,
        enabled_models=connection.effective_models if connection and own else None,
        on_removal=defaults.on_removal,
        data_residency=config.data_residency,
    )


try:
    main()
except PortByollmError as error:
    raise pulumi.RunError(str(error)) from error
