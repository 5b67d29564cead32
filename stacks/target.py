"""What a stack may touch: one AWS account and one Port organization, and of that what it manages.

Nothing is written, in AWS or in Port, unless the credentials of both sides are those of `byollm:target`, and
nobody else manages the same things:

* The AWS account is asked for first, and an update with another one ends there. The AWS provider has the
  account too (`allowedAccountIds`): a destroy or refresh runs no program.
* The Port provider has the organization for the same reason; and the account, since a destroy begins in Port.
* Everything depends on one `Ownership`, which looks at Port's side before anything is made, also in AWS.

A preview writes nothing, and shows more with borrowed credentials than none: it warns.
"""

from collections.abc import Mapping
from importlib.metadata import version

import pulumi
import pulumi_aws as aws
from pulumi.runtime.config import CONFIG, is_config_secret

from port_byollm import Ownership, Provider
from port_byollm.errors import ConfigError
from port_byollm.stack_config import StackConfig, Target

_CREDENTIALS = {
    "accessKey",
    "assumeRoles",
    "assumeRoleWithWebIdentity",
    "sharedConfigFiles",
    "sharedCredentialsFiles",
}
"""Settings of the AWS provider with which it does not take its credentials from the environment."""


def bound(config: StackConfig) -> pulumi.ResourceOptions:
    """Options for everything that the stack makes: bound to its target, or to none in the sandbox.

    Raises:
        ConfigError: at update, with credentials of another AWS account.
    """
    target = config.target
    if target is None:
        return pulumi.ResourceOptions()
    providers: list[pulumi.ProviderResource] = []
    if _account_is_right(target):
        providers.append(_aws_provider(target))
    port = _port_provider(target)
    ownership = Ownership(
        "target",
        owner=f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
        f" of AWS account {target.aws_account_id}",
        manages=config.made(),
        opts=pulumi.ResourceOptions(provider=port),
    )
    return pulumi.ResourceOptions(providers=[*providers, port], depends_on=[ownership])


def _account_is_right(target: Target) -> bool:
    account = aws.get_caller_identity().account_id
    if account == target.aws_account_id:
        return True
    mismatch = ConfigError(
        "byollm:target.awsAccountId",
        f"the credentials in use are of AWS account {account}, not {target.aws_account_id}",
        "use credentials of the target account",
    )
    if not pulumi.runtime.is_dry_run():
        raise mismatch
    pulumi.log.warn(str(mismatch))
    return False


def _aws_provider(target: Target) -> pulumi.ProviderResource:
    """What the stack's `aws:` settings say, as the default provider has it, for the one account."""
    settings = {**_settings("aws"), "allowedAccountIds": f'["{target.aws_account_id}"]'}
    release = pulumi.ResourceOptions(version=version("pulumi-aws"))
    return pulumi.ProviderResource("aws", "target", settings, release)


def _port_provider(target: Target) -> Provider:
    settings, aws_settings = _settings("port-byollm"), _settings("aws")
    # Credentials of the configuration are what it says; those of the environment may be anybody's.
    of_environment = not _CREDENTIALS & aws_settings.keys()
    return Provider(
        "target",
        client_id=settings.get("clientId"),
        client_secret=settings.get("clientSecret"),
        base_url=settings.get("baseUrl"),
        organization=target.port_organization,
        aws_account_id=target.aws_account_id if of_environment else None,
        aws_profile=aws_settings.get("profile"),
    )


def _settings(namespace: str) -> Mapping[str, pulumi.Input[str]]:
    """The configuration of a provider, as the engine has it: JSON where it is no text."""
    prefix = f"{namespace}:"
    return {
        key.removeprefix(prefix): pulumi.Output.secret(text) if is_config_secret(key) else text
        for key, text in CONFIG.get().items()
        if key.startswith(prefix)
    }
