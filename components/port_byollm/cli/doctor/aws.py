"""What AWS says: one function for each check.

Those of a model are asked for each model by itself. Whatever AWS does not let these credentials see is
unknown, never well.
"""

from collections.abc import Iterator

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from port_byollm.catalogue import GEOGRAPHIES, source_regions
from port_byollm.cli.doctor import models
from port_byollm.cli.doctor.account import NOT_FOUND, QUICK, Account, asked, code, said
from port_byollm.cli.doctor.finding import Finding, ok, problem, unknown
from port_byollm.cli.stack.plan import Plan

_CREDENTIALS = "AWS credentials"
_FORM = "usage form of Anthropic's models"
SCPS = "service control policies"
_REST = unknown("everything else of AWS", "was not looked at", "run again when that is mended")


def check_aws(plan: Plan) -> Iterator[Finding]:
    """Every check of AWS's side that the stack's configuration gives a reason for."""
    region = plan.setting("aws:region")
    try:
        session = boto3.Session(profile_name=plan.setting("aws:profile"), region_name=region)
        region = session.region_name
        sts = session.client("sts", region_name=region or "us-east-1", config=QUICK)
        caller = sts.get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        yield from _region(plan, region)
        yield problem(
            _CREDENTIALS,
            f"there are none that AWS takes: {said(error)}",
            "sign in (`aws sso login`, AWS_PROFILE, …)",
        )
        yield _REST
        return
    yield from _region(plan, region)
    yield from _other_credentials(plan)
    yield _caller(plan, caller["Account"], caller["Arn"])
    if region is None:
        yield _REST
        return
    account = Account(caller["Account"], region, plan, session)
    for check, subject in (
        (_form, _FORM),
        (policies_of_the_organization, SCPS),
        (_guardrail, "guardrail"),
        (_boundary, "permissions boundary"),
        (_api_key_secrets, "API keys in AWS"),
    ):
        yield from asked(subject, check, account)
    for model in plan.models():
        for about_model, subject in (
            (models.lifecycle, "lifecycle"),
            (models.profile, "inference profile"),
            (models.availability, "model access"),
        ):
            yield from asked(f"{subject} of {model.name}", about_model, account, model)


def _region(plan: Plan, region: str | None) -> Iterator[Finding]:
    if region is None:
        yield problem("region", "no AWS region is configured", "`pulumi config set aws:region …`")
    elif plan.bedrock:
        sources = source_regions(plan.geography) if plan.geography in GEOGRAPHIES else ()
        if region in sources:
            yield ok("region", f"{region} calls the profiles of {plan.geography}")
        else:
            yield problem(
                "region",
                f"from {region} no profile of the geography {plan.geography or '(none)'} can be called",
                f"use one of {', '.join(sources)}" if sources else f"use {', '.join(GEOGRAPHIES)}",
            )


def _other_credentials(plan: Plan) -> Iterator[Finding]:
    for key in ("accessKey", "assumeRoles", "assumeRoleWithWebIdentity", "token"):
        if f"aws:{key}" in plan.config:
            yield unknown(
                _CREDENTIALS,
                f"the update goes on from them to others, by aws:{key}; this looks with the former",
                "run it with the latter to be sure",
            )


def _caller(plan: Plan, account: str, arn: str) -> Finding:
    target = plan.asked.target
    if target and target.aws_account_id != account:
        return problem(
            _CREDENTIALS,
            f"{arn} is of account {account}, and byollm:target.awsAccountId is {target.aws_account_id}",
            "use credentials of the target account",
        )
    return ok(_CREDENTIALS, f"{arn} (account {account})")


def _form(account: Account) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetUseCaseForModelAccess.html"""
    if not any((model.bedrock_id or "").startswith("anthropic.") for model in account.plan.models()):
        return
    try:
        account.bedrock.get_use_case_for_model_access()
    except ClientError as error:
        if code(error) not in NOT_FOUND:
            raise
    else:
        yield ok(_FORM, "is submitted")
        return
    if account.plan.model_access and account.plan.model_access.use_case:
        yield ok(_FORM, "is not submitted yet; the update submits it")
        return
    if account.plan.is_sandbox:
        yield ok(_FORM, "is not submitted; the sandbox does not ask for it")
        return
    step = "configure byollm:bedrock.modelAccess.useCase, or submit it in Bedrock's console, once per account"
    if (management := _management_account(account)) not in (None, account.id):
        yield unknown(
            _FORM,
            f"is not submitted in this account; what the management account {management} has submitted "
            "counts here too, and cannot be seen from here",
            f"look there, or {step}",
        )
    else:
        yield problem(_FORM, "is not submitted", step)


def policies_of_the_organization(account: Account) -> Iterator[Finding]:
    management = _management_account(account)
    if management is None:
        yield ok(SCPS, "there are none: the account is in no organization")
    elif management == account.id:
        yield ok(SCPS, "do not apply: this is the organization's management account")
    else:
        regions = sorted(
            {
                destination or "the empty region of global profiles"
                for model in account.plan.models()
                for destination in model.destinations(account.plan.geography, account.region)
            }
        )
        yield unknown(
            SCPS,
            f"those of the organization (management account {management}) cannot be read from a member",
            "ask there whether bedrock:InvokeModel and sts:AssumeRole by Port's gateway are denied"
            + (f" in {', '.join(regions)}" if regions else ""),
        )


def _management_account(account: Account) -> str | None:
    """Of the account's organization; None where it is in none."""
    try:
        organization = account.client("organizations").describe_organization()["Organization"]
    except ClientError as error:
        if code(error) == "AWSOrganizationsNotInUseException":
            return None
        raise
    return str(organization.get("MasterAccountId") or organization.get("ManagementAccountId"))


def _guardrail(account: Account) -> Iterator[Finding]:
    guardrail = account.plan.bedrock.guardrail if account.plan.bedrock else None
    if not guardrail:
        return
    arn, version = guardrail.arn, guardrail.version or "DRAFT"
    try:
        answer = account.bedrock.get_guardrail(guardrailIdentifier=arn, guardrailVersion=version)
    except ClientError as error:
        if code(error) not in NOT_FOUND:
            raise
        step = "create it, or change byollm:bedrock.guardrail"
        yield problem("guardrail", f"{arn} has no version {version} in {account.region}", step)
        return
    yield ok("guardrail", f"{answer['name']}, version {version}")


def _boundary(account: Account) -> Iterator[Finding]:
    sign_in = account.plan.bedrock
    arn = sign_in.identity.permissions_boundary if sign_in else None
    if not sign_in or not arn:
        return
    try:
        account.client("iam").get_policy(PolicyArn=arn)
    except ClientError as error:
        if code(error) not in NOT_FOUND:
            raise
        step = f"create it, or change {sign_in.identity_key}.permissionsBoundary"
        yield problem("permissions boundary", f"there is no policy {arn}", step)
        return
    yield ok("permissions boundary", arn)


def _api_key_secrets(account: Account) -> Iterator[Finding]:
    """The secrets in Secrets Manager that hold API keys, by their description alone: no value is read."""
    for provider, section in account.plan.asked.api_key_providers().items():
        secret = section.api_key_aws_secret
        if not secret:
            continue
        subject, name, stage = f"API key of {provider}", secret.id, secret.version_stage
        # A secret that is named by its ARN may be in another region.
        region = name.split(":")[3] if name.startswith("arn:") else account.region
        try:
            answer = account.client("secretsmanager", region).describe_secret(SecretId=name)
        except ClientError as error:
            if code(error) not in NOT_FOUND:
                raise
            yield problem(subject, f"Secrets Manager has no secret {name} in {region}", "create it")
            continue
        if any(stage in stages for stages in answer.get("VersionIdsToStages", {}).values()):
            yield ok(subject, f"Secrets Manager has {name}, {stage}")
        else:
            yield problem(subject, f"{name} has no version {stage} in Secrets Manager", "give it a value")
