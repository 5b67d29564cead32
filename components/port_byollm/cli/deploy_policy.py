"""`port-byollm deploy-policy`."""

import json
from typing import TYPE_CHECKING

import click

from port_byollm import names
from port_byollm.catalogue import parse_model
from port_byollm.cli.stack.plan import Plan
from port_byollm.cli.stack.stack import SECRET, Stack, takes_stack
from port_byollm.errors import ConfigError, PortByollmError, spelled
from port_byollm.iam.deploy_policy import Footprint, Identity, Purpose, deploy_policies
from port_byollm.iam.documents import PolicyDocument
from port_byollm.iam.invoke_policy import Guardrail, documented, pinned
from port_byollm.iam.oidc_trust import GITLAB, Pipelines, github_trust, gitlab_trust
from port_byollm.numbered import numbered

if TYPE_CHECKING:
    from port_byollm.stack_config import Bedrock, StackConfig


@click.command
@takes_stack
@click.option(
    "--for",
    "purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    default=Purpose.DEPLOY.value,
    show_default=True,
    help="The Pulumi operation that the policy permits.",
)
@click.option(
    "--trust", type=click.Choice(["github", "gitlab"]), help="Print the role's trust policy instead."
)
@click.option(
    "--repository", help="The repository whose pipelines may assume the role, such as acme/platform."
)
@click.option("--branch", default="main", show_default=True, help="The branch that deploys.")
@click.option("--environment", help="The GitHub environment of the deploying job. Default: the stack's name.")
@click.option("--gitlab-host", default=GITLAB, show_default=True, help="The host of your GitLab.")
def command(
    stack: Stack,
    purpose: str,
    trust: str | None,
    repository: str | None,
    branch: str,
    environment: str | None,
    gitlab_host: str,
) -> None:
    """Print the least-privilege IAM policy for running Pulumi on the stack.

    Prints one policy as JSON, a list of policies if one would exceed IAM's size quota, or an empty list if no
    permission is needed. Reads only the configuration file: neither the stack nor an account need exist.

    With --trust, prints the trust policy of the role that a pipeline of --repository assumes.
    """
    plan = Plan(stack.written_config())
    wanted = Purpose(purpose)
    if trust is None:
        if repository is not None or environment is not None:
            raise click.UsageError("--repository and --environment need --trust")
        documents = _policies(stack, plan, wanted)
    elif repository is None:
        raise click.UsageError(
            "--trust needs --repository: the repository whose pipelines may assume the role"
        )
    elif trust == "github":
        name = environment or _short_name(stack)
        documents = [github_trust(_account(stack, plan), Pipelines(repository, branch), wanted, name)]
    elif environment is not None:
        raise click.UsageError(
            "AWS cannot see the environment in GitLab's tokens; omit --environment and protect the branch in "
            "GitLab"
        )
    else:
        documents = [gitlab_trust(_account(stack, plan), Pipelines(repository, branch), wanted, gitlab_host)]
    whole = [document.to_dict() for document in documents]
    click.echo(json.dumps(whole[0] if len(whole) == 1 else whole, indent=2))


def _policies(stack: Stack, plan: Plan, purpose: Purpose) -> list[PolicyDocument]:
    from port_byollm.stack_config import key, parse

    # A section that is encrypted as a whole holds an API key, so it reads none from AWS.
    config = parse({name: value for name, value in plan.config.items() if value != SECRET}).own()
    if not config.made():
        raise ConfigError(
            "byollm:bedrock",
            f"the stack {stack.name} configures and manages no provider",
            "this command reads the configuration of port-byollm's own program; for a program of your own, "
            "see docs/components.md",
        )
    region = plan.setting("aws:region")
    if region is None:
        raise ConfigError("aws:region", "missing", "set the region in which Port calls Bedrock")

    def spelling(field: str) -> str:
        if field == "permissions_boundary" and config.bedrock:
            return f"{config.bedrock.identity_key}.permissionsBoundary"
        # The value in the message tells which provider it belongs to.
        return "apiKeyAwsSecret.id" if field == "api_key_aws_secret_id" else key("bedrock", field)

    with spelled(spelling):
        made = footprint(config, region, _short_name(stack), _account(stack, plan))
        if purpose is Purpose.DEPLOY and made.identity and made.identity.boundary is None:
            click.echo(
                f"Warning: {spelling('permissions_boundary')} is not set, so anybody with this policy can "
                f"give the {made.identity.kind} any permission and use it. Set it first.",
                err=True,
            )
        documents = deploy_policies(made, purpose)
    if not documents:
        click.echo(f"Running Pulumi for {purpose.value} needs no permission in AWS.", err=True)
    return documents


def footprint(config: "StackConfig", region: str, stack: str, account: str) -> Footprint:
    """Return the AWS resources that the program creates from `config`. Raises ConfigError."""
    providers = config.api_key_providers().values()
    secrets = tuple(each.api_key_aws_secret.id for each in providers if each.api_key_aws_secret)
    bedrock = config.bedrock
    if bedrock is None:
        return Footprint(account, region, secrets=secrets)
    default = names.identity(stack)
    if bedrock.auth == "role":
        identity = Identity("role", bedrock.role.name or default, bedrock.role.permissions_boundary)
        first = bedrock.policy_name or names.invoke_policy(identity.name)
    else:
        keys = bedrock.access_keys
        identity = Identity("user", keys.user_name or default, keys.permissions_boundary)
        first = bedrock.policy_name or names.invoke_policy(default)
    access = bedrock.model_access
    marketplace = [names.marketplace_policy(stack)] if access and access.marketplace else []
    invoke = [numbered(first, number) for number in range(_invoke_policies(bedrock, region, account))]
    return Footprint(
        account,
        region,
        identity,
        (*invoke, *marketplace),
        use_case=bool(access and access.use_case),
        agreements=bool(access and access.agreements),
        secrets=secrets,
    )


def _invoke_policies(bedrock: "Bedrock", region: str, account: str) -> int:
    """Return the number of policies that invoking the models takes."""
    models = (
        "all" if bedrock.models == "all" else [parse_model(name) for name in dict.fromkeys(bedrock.models)]
    )
    guardrail = bedrock.guardrail
    if bedrock.scope == "documented":
        return len(documented(models, bedrock.geography, guardrail=guardrail is not None))
    demanded = Guardrail(guardrail.arn, guardrail.version) if guardrail else None
    return len(pinned(models, bedrock.geography, region, account, demanded))


def _account(stack: Stack, plan: Plan) -> str:
    """Return the account of `byollm:target`, or for a stack without one, that of the credentials in use."""
    if plan.target:
        return plan.target.aws_account_id
    from port_byollm.cli.verify.aws import Aws

    with stack.environment():
        aws = Aws.of(plan)
        account = aws.account() if isinstance(aws, Aws) else aws
    if not isinstance(account, str):
        raise PortByollmError(f"byollm:target.awsAccountId: missing, and {account.reason}")
    return account


def _short_name(stack: Stack) -> str:
    return stack.name.rpartition("/")[2]
