"""The checks of AWS's side, a function each; those of a model run once per model.

What AWS does not let these credentials see is unknown, never OK.
"""

from collections.abc import Iterator

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from port_byollm.catalogue import GEOGRAPHIES, source_regions
from port_byollm.cli.doctor import models
from port_byollm.cli.doctor.account import NOT_FOUND, QUICK, Account, code, findings_of, one_line
from port_byollm.cli.doctor.finding import Finding, ok, problem, unknown
from port_byollm.cli.stack.plan import Plan

_CREDENTIALS = "AWS credentials"
_FORM = "usage form of Anthropic's models"
SCPS = "service control policies"
_REST = unknown("everything else of AWS", "was not checked", "run this again once that is fixed")


def check_aws(plan: Plan) -> Iterator[Finding]:
    """Run every check of AWS's side that the stack's configuration calls for."""
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
            f"AWS accepts none: {one_line(error)}",
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
        yield from findings_of(subject, check, account)
    for model in plan.models():
        for about_model, subject in (
            (models.lifecycle, "lifecycle"),
            (models.profile, "inference profile"),
            (models.availability, "model access"),
        ):
            yield from findings_of(f"{subject} of {model.name}", about_model, account, model)


def _region(plan: Plan, region: str | None) -> Iterator[Finding]:
    if region is None:
        yield problem("region", "no AWS region is configured", "`pulumi config set aws:region …`")
    elif plan.bedrock:
        sources = source_regions(plan.geography) if plan.geography in GEOGRAPHIES else ()
        if region in sources:
            yield ok("region", f"{region} can call the profiles of {plan.geography}")
        else:
            yield problem(
                "region",
                f"{region} cannot call any profile of the geography {plan.geography or '(none)'}",
                f"use one of {', '.join(sources)}" if sources else f"use {', '.join(GEOGRAPHIES)}",
            )


def _other_credentials(plan: Plan) -> Iterator[Finding]:
    for key in ("accessKey", "assumeRoles", "assumeRoleWithWebIdentity", "token"):
        if f"aws:{key}" in plan.config:
            yield unknown(
                _CREDENTIALS,
                f"the update switches from these to others (aws:{key}), which this command does not use",
                "run this with the others to be sure",
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
            f"is not submitted in this account; a form of the management account {management} would count "
            "too, but cannot be seen from here",
            f"check there, or {step}",
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
    """Return the management account of the account's organization; None if it is in none."""
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
    """Check the API keys' secrets in Secrets Manager by their metadata: no value is read."""
    for provider, section in account.plan.asked.api_key_providers().items():
        secret = section.api_key_aws_secret
        if not secret:
            continue
        subject, name, stage = f"API key of {provider}", secret.id, secret.version_stage
        # A secret named by ARN may be in another region.
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
