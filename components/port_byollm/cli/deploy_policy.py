"""`port-byollm deploy-policy`."""

import json

import click

from port_byollm.cli.plan import API_KEY_PROVIDERS, Plan
from port_byollm.cli.stack import Stack, takes_stack
from port_byollm.errors import ConfigError, PortByollmError, spelled
from port_byollm.iam.deploy_policy import Footprint, Identity, Purpose, deploy_policies
from port_byollm.iam.documents import PolicyDocument
from port_byollm.iam.invoke_policy import Guardrail, documented, pinned
from port_byollm.iam.oidc_trust import GITLAB, Pipelines, github_trust, gitlab_trust
from port_byollm.numbered import numbered


@click.command
@takes_stack
@click.option(
    "--for",
    "purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    default=Purpose.DEPLOY.value,
    show_default=True,
    help="What Pulumi is run for.",
)
@click.option(
    "--trust", type=click.Choice(["github", "gitlab"]), help="Print who may assume the role, instead."
)
@click.option("--repository", help="Whose pipelines, as acme/platform.")
@click.option("--branch", default="main", show_default=True, help="The branch that is deployed.")
@click.option("--environment", help="GitHub's environment of the deploying job; else the stack's name.")
@click.option("--gitlab-host", default=GITLAB, show_default=True, help="Where your GitLab is.")
def command(
    stack: Stack,
    purpose: str,
    trust: str | None,
    repository: str | None,
    branch: str,
    environment: str | None,
    gitlab_host: str,
) -> None:
    """Print the least that whoever runs Pulumi on the stack must be permitted in AWS.

    One IAM policy as JSON; where it outgrows IAM's quota, a list of policies; where nothing need be
    permitted, an empty list. It is made from the configuration file alone: neither the stack nor an account
    need be there.

    With --trust, the trust policy of the role that a pipeline of --repository assumes for it.
    """
    plan = Plan(stack.written_config())
    account = _account(stack, plan)
    wanted = Purpose(purpose)
    if trust is None:
        if repository is not None or environment is not None:
            raise click.UsageError("--repository and --environment are for --trust")
        documents = _policies(stack, plan, account, wanted)
    elif repository is None:
        raise click.UsageError("--trust needs the --repository whose pipelines are to be admitted")
    elif trust == "github":
        name = environment or _short_name(stack)
        documents = [github_trust(account, Pipelines(repository, branch), wanted, name)]
    elif environment is not None:
        raise click.UsageError(
            "GitLab's tokens tell AWS of no --environment; leave it out, and protect the branch in GitLab"
        )
    else:
        documents = [gitlab_trust(account, Pipelines(repository, branch), wanted, gitlab_host)]
    whole = [document.to_dict() for document in documents]
    click.echo(json.dumps(whole[0] if len(whole) == 1 else whole, indent=2))


def _policies(stack: Stack, plan: Plan, account: str, purpose: Purpose) -> list[PolicyDocument]:
    with spelled(lambda field: _KEYS[plan.identity].get(field, field)):
        made = footprint(plan, _short_name(stack), account)
        if purpose is Purpose.DEPLOY and made.identity and made.identity.boundary is None:
            boundary = _KEYS[plan.identity]["permissions_boundary"]
            click.echo(
                f"Warning: {boundary} is not set, so that whoever has this policy can give the "
                f"{made.identity.kind} any permission, and use it. Set it first.",
                err=True,
            )
        documents = deploy_policies(made, purpose)
    if not documents:
        click.echo(f"Running Pulumi for {purpose.value} needs no permission in AWS.", err=True)
    return documents


_COMMON = {
    "account_id": "byollm:target.awsAccountId",
    "models": "byollm:bedrock.models",
    "geography": "byollm:bedrock.geography",
    "region": "aws:region",
    "policy_name": "byollm:bedrock.policyName",
    "api_key_aws_secret_id": "apiKeyAwsSecret.id",
    "guardrail.arn": "byollm:bedrock.guardrail.arn",
    "guardrail.version": "byollm:bedrock.guardrail.version",
}
_KEYS = {
    section: {
        **_COMMON,
        "permissions_boundary": f"byollm:bedrock.{section}.permissionsBoundary",
        "role_name": "byollm:bedrock.role.name",
        "user_name": "byollm:bedrock.accessKeys.userName",
    }
    for section in ("role", "accessKeys")
}
"""Configuration keys by the names that errors give to fields."""


def footprint(plan: Plan, stack: str, account: str) -> Footprint:
    """What the program makes of this configuration. Raises ConfigError."""
    region = plan.setting("aws:region")
    if region is None:
        raise ConfigError("region", "missing", "set the region that Port is to call Bedrock in")
    secrets = tuple(
        str(secret["id"])
        for name in API_KEY_PROVIDERS
        if plan.asks_for(name) and "id" in (secret := plan.section(name, "apiKeyAwsSecret"))
    )
    if not plan.asks_for("bedrock"):
        return Footprint(account, region, secrets=secrets)
    name = f"port-byollm-{stack}"
    is_role = plan.identity == "role"
    settings = plan.section("bedrock", plan.identity)
    identity = str(settings.get("name" if is_role else "userName") or name)
    first = str(plan.section("bedrock").get("policyName") or f"{identity if is_role else name}-invoke")
    access = plan.section("bedrock", "modelAccess")
    marketplace = [f"{name}-marketplace"] if access.get("marketplace") else []
    return Footprint(
        account,
        region,
        Identity("role" if is_role else "user", identity, settings.get("permissionsBoundary")),
        (
            *(numbered(first, number) for number in range(_invoke_policies(plan, region, account))),
            *marketplace,
        ),
        use_case="useCase" in access,
        agreements=plan.makes_agreements,
        secrets=secrets,
    )


def _invoke_policies(plan: Plan, region: str, account: str) -> int:
    """How many policies it takes to invoke the models."""
    models = "all" if plan.section("bedrock").get("models") == "all" else plan.models()
    guardrail = plan.section("bedrock", "guardrail")
    if not plan.is_pinned:
        return len(documented(models, plan.geography, guardrail=bool(guardrail)))
    version = guardrail.get("version")
    demanded = Guardrail(str(guardrail["arn"]), version and str(version)) if "arn" in guardrail else None
    return len(pinned(models, plan.geography, region, account, demanded))


def _account(stack: Stack, plan: Plan) -> str:
    """The account of `byollm:target`; the sandbox's stack has none, and is where the sandbox is."""
    if configured := plan.section("target").get("awsAccountId"):
        return str(configured)
    from port_byollm.cli.verify.aws import Aws

    with stack.environment():
        aws = Aws.of(plan)
        account = aws.account() if isinstance(aws, Aws) else aws
    if not isinstance(account, str):
        raise PortByollmError(f"byollm:target.awsAccountId: missing, and {account.reason}")
    return account


def _short_name(stack: Stack) -> str:
    return stack.name.rpartition("/")[2]
