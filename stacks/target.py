"""Bind a stack to its target: one AWS account, one Port organization, and what it manages there.

Nothing is written in AWS or Port unless the credentials of both match `byollm:target` and nobody else manages
the same things:

* The program checks the AWS account first, and fails an update with another one. The AWS provider checks it
  too (`allowedAccountIds`), because a destroy or refresh does not run the program.
* The Port provider checks the organization for the same reason. It also checks the AWS account, because a
  destroy begins in Port.
* Everything depends on one `Ownership`, which checks for other owners before anything is created, including
  in AWS.

A preview writes nothing, so it only warns: a preview with other credentials is better than none.
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
"""Settings of the AWS provider that replace the environment's credentials."""


def bound(config: StackConfig) -> pulumi.ResourceOptions:
    """Return the options for all of the stack's resources; without a target (in the sandbox), none.

    Raises:
        ConfigError: the credentials of an update are of another AWS account.
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
    """Return a provider like the default one (the stack's `aws:` settings), for the target account only."""
    settings = {**_settings("aws"), "allowedAccountIds": f'["{target.aws_account_id}"]'}
    release = pulumi.ResourceOptions(version=version("pulumi-aws"))
    return pulumi.ProviderResource("aws", "target", settings, release)


def _port_provider(target: Target) -> Provider:
    settings, aws_settings = _settings("port-byollm"), _settings("aws")
    # Configured credentials are intended; those of the environment may belong to any account.
    from_environment = not _CREDENTIALS & aws_settings.keys()
    return Provider(
        "target",
        client_id=settings.get("clientId"),
        client_secret=settings.get("clientSecret"),
        base_url=settings.get("baseUrl"),
        organization=target.port_organization,
        aws_account_id=target.aws_account_id if from_environment else None,
        aws_profile=aws_settings.get("profile"),
    )


def _settings(namespace: str) -> Mapping[str, pulumi.Input[str]]:
    """Return a provider's configuration as the engine passes it: values other than text are JSON."""
    prefix = f"{namespace}:"
    return {
        key.removeprefix(prefix): pulumi.Output.secret(text) if is_config_secret(key) else text
        for key, text in CONFIG.get().items()
        if key.startswith(prefix)
    }
