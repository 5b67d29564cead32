"""What AWS says: one function for each check.

Those of a model are asked for each model by itself. Whatever AWS does not let these credentials see is
unknown, never well.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from port_byollm.catalogue import GEOGRAPHIES, Lifecycle, Model, profile_id, source_regions
from port_byollm.cli.doctor.finding import Finding, ok, problem, unknown
from port_byollm.cli.plan import API_KEY_PROVIDERS, Plan

_QUICK = Config(connect_timeout=5, read_timeout=15, retries={"max_attempts": 3})
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_NOT_FOUND = ("ResourceNotFoundException", "NoSuchEntity", "ValidationException")
_CREDENTIALS = "AWS credentials"
_FORM = "usage form of Anthropic's models"
_SCPS = "service control policies"
_REST = unknown("everything else of AWS", "was not looked at", "run again when that is mended")


@dataclass(frozen=True)
class Account:
    """An AWS account as the credentials in use see it, from the region that Port is to call."""

    id: str
    region: str
    plan: Plan
    session: boto3.Session

    @cached_property
    def bedrock(self) -> Any:
        return self.client("bedrock")

    def client(self, service: str, region: str | None = None) -> Any:
        return self.session.client(service, region_name=region or self.region, config=_QUICK)


def check_aws(plan: Plan) -> Iterator[Finding]:
    """Every check of AWS's side that the stack's configuration gives a reason for."""
    region = plan.setting("aws:region")
    try:
        session = boto3.Session(profile_name=plan.setting("aws:profile"), region_name=region)
        region = session.region_name
        sts = session.client("sts", region_name=region or "us-east-1", config=_QUICK)
        caller = sts.get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        yield from _region(plan, region)
        yield problem(
            _CREDENTIALS,
            f"there are none that AWS takes: {_said(error)}",
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
        (_policies_of_the_organization, _SCPS),
        (_guardrail, "guardrail"),
        (_boundary, "permissions boundary"),
        (_api_key_secrets, "API keys in AWS"),
    ):
        yield from _asked(subject, check, account)
    for model in plan.models():
        for about_model, subject in (
            (_lifecycle, "lifecycle"),
            (_profile, "inference profile"),
            (_availability, "model access"),
        ):
            yield from _asked(f"{subject} of {model.name}", about_model, account, model)


def _asked(subject: str, check: Callable[..., Iterator[Finding]], *about: object) -> Iterator[Finding]:
    """What `check` finds; what AWS did not answer is unknown."""
    try:
        yield from check(*about)
    except ClientError as error:
        denied = _code(error) in _DENIED
        step = f"allow {error.operation_name} to these credentials, or ask somebody who has it"
        yield unknown(subject, _said(error), step if denied else "run again later")
    except BotoCoreError as error:
        yield unknown(subject, _said(error), "check the network and the region")


def _region(plan: Plan, region: str | None) -> Iterator[Finding]:
    if region is None:
        yield problem("region", "no AWS region is configured", "`pulumi config set aws:region …`")
    elif plan.asks_for("bedrock"):
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
    target = plan.section("target").get("awsAccountId")
    if target and str(target) != account:
        return problem(
            _CREDENTIALS,
            f"{arn} is of account {account}, and byollm:target.awsAccountId is {target}",
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
        if _code(error) not in _NOT_FOUND:
            raise
    else:
        yield ok(_FORM, "is submitted")
        return
    if account.plan.section("bedrock", "modelAccess", "useCase"):
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


def _policies_of_the_organization(account: Account) -> Iterator[Finding]:
    management = _management_account(account)
    if management is None:
        yield ok(_SCPS, "there are none: the account is in no organization")
    elif management == account.id:
        yield ok(_SCPS, "do not apply: this is the organization's management account")
    else:
        regions = sorted(
            {
                destination or "the empty region of global profiles"
                for model in account.plan.models()
                for destination in model.destinations(account.plan.geography, account.region)
            }
        )
        yield unknown(
            _SCPS,
            f"those of the organization (management account {management}) cannot be read from a member",
            "ask there whether bedrock:InvokeModel and sts:AssumeRole by Port's gateway are denied"
            + (f" in {', '.join(regions)}" if regions else ""),
        )


def _management_account(account: Account) -> str | None:
    """Of the account's organization; None where it is in none."""
    try:
        organization = account.client("organizations").describe_organization()["Organization"]
    except ClientError as error:
        if _code(error) == "AWSOrganizationsNotInUseException":
            return None
        raise
    return str(organization.get("MasterAccountId") or organization.get("ManagementAccountId"))


def _lifecycle(account: Account, model: Model) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html"""
    subject, today = f"lifecycle of {model.name}", datetime.now(UTC).date()
    try:
        details = account.bedrock.get_foundation_model(modelIdentifier=model.bedrock_id)["modelDetails"]
    except ClientError as error:
        if _code(error) not in _NOT_FOUND:
            raise
        details = {}  # a model that is past its end of life, or is there by its profile alone
    answer = details.get("modelLifecycle", {})
    end = answer.get("endOfLifeTime")
    end_of_life = end.astimezone(UTC).date() if end else model.end_of_life
    instead = f"use {model.successor}" if model.successor else "choose another model"
    if end_of_life and today >= end_of_life:
        if account.plan.allows_end_of_life:
            step = f"{instead}; the account may have lost it"
            yield unknown(subject, f"past its end of life ({end_of_life}), which is allowed", step)
        else:
            yield problem(subject, f"past its end of life on Bedrock ({end_of_life})", instead)
    elif answer.get("status") == "LEGACY" or model.lifecycle(today) is Lifecycle.LEGACY:
        until = f" until {end_of_life}" if end_of_life else ""
        yield unknown(
            subject,
            f"Legacy{until}: it answers accounts only that have used it in the last 30 days",
            instead,
        )
    else:
        yield ok(subject, "active" + (f" until {end_of_life}" if end_of_life else ""))


def _profile(account: Account, model: Model) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html"""
    geography = account.plan.geography
    profile, subject = profile_id(geography, str(model.bedrock_id)), f"inference profile of {model.name}"
    try:
        answer = account.bedrock.get_inference_profile(inferenceProfileIdentifier=profile)
    except ClientError as error:
        if _code(error) not in _NOT_FOUND:
            raise
        yield problem(
            subject,
            f"{account.region} has no {profile}",
            "leave the model out, or use another geography or region; "
            "`port-byollm models refresh` lists what is there",
        )
        return
    if answer["status"] != "ACTIVE":
        yield problem(subject, f"{profile} is {answer['status']}", "leave the model out for now")
        return
    routed = {entry["modelArn"].split(":")[3] for entry in answer["models"]}
    missing = sorted(routed - set(model.destinations(geography, account.region)))
    if missing and account.plan.is_pinned:
        yield problem(
            subject,
            f"{profile} also sends to {', '.join(missing)}, where the pinned policy would not allow it",
            "`port-byollm models refresh`, then `up`",
        )
    else:
        yield ok(
            subject, f"{profile} sends to {', '.join(sorted(region or 'any region' for region in routed))}"
        )


def _availability(account: Account, model: Model) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html"""
    subject = f"model access of {model.name}"
    answer = account.bedrock.get_foundation_model_availability(modelId=model.bedrock_id)
    agreement = answer.get("agreementAvailability", {})
    match agreement.get("status"):
        case _ if answer.get("regionAvailability") != "AVAILABLE":
            yield problem(subject, f"Bedrock does not offer it in {account.region}", "use another region")
        case _ if answer.get("authorizationStatus") != "AUTHORIZED":
            step = "ask for it in Bedrock's console, or see which policy denies it"
            yield problem(subject, "the account is not authorized to use it", step)
        case _ if answer.get("entitlementAvailability") != "AVAILABLE":
            yield problem(subject, "the account is not entitled to it", "ask for it in Bedrock's console")
        case "AVAILABLE":
            yield ok(subject, "the agreement is in force")
        case "PENDING":
            yield problem(subject, "the agreement is pending", "wait some minutes, then run again")
        case "ERROR":
            why = agreement.get("errorMessage") or "no reason given"
            yield problem(subject, f"the agreement failed: {why}", "accept it in Bedrock's console")
        case _ if account.plan.makes_agreements:
            yield ok(subject, "there is no agreement yet; the update makes it")
        case _ if account.plan.section("bedrock", "modelAccess").get("marketplace") is True:
            yield ok(subject, "there is no agreement yet; the first request subscribes")
        case _ if account.plan.is_sandbox:
            yield ok(subject, "there is no agreement; the sandbox does not ask for one")
        case _:
            yield problem(
                subject,
                "there is no agreement",
                "configure byollm:bedrock.modelAccess, or accept it in Bedrock's console",
            )


def _guardrail(account: Account) -> Iterator[Finding]:
    guardrail = account.plan.section("bedrock", "guardrail")
    if not guardrail:
        return
    arn, version = str(guardrail.get("arn")), str(guardrail.get("version") or "DRAFT")
    try:
        answer = account.bedrock.get_guardrail(guardrailIdentifier=arn, guardrailVersion=version)
    except ClientError as error:
        if _code(error) not in _NOT_FOUND:
            raise
        step = "create it, or change byollm:bedrock.guardrail"
        yield problem("guardrail", f"{arn} has no version {version} in {account.region}", step)
        return
    yield ok("guardrail", f"{answer['name']}, version {version}")


def _boundary(account: Account) -> Iterator[Finding]:
    identity = account.plan.identity
    arn = account.plan.section("bedrock", identity).get("permissionsBoundary")
    if not arn:
        return
    try:
        account.client("iam").get_policy(PolicyArn=arn)
    except ClientError as error:
        if _code(error) not in _NOT_FOUND:
            raise
        step = f"create it, or change byollm:bedrock.{identity}.permissionsBoundary"
        yield problem("permissions boundary", f"there is no policy {arn}", step)
        return
    yield ok("permissions boundary", str(arn))


def _api_key_secrets(account: Account) -> Iterator[Finding]:
    """The secrets in Secrets Manager that hold API keys, by their description alone: no value is read."""
    for provider in API_KEY_PROVIDERS:
        secret = account.plan.section(provider, "apiKeyAwsSecret")
        if not secret:
            continue
        subject, name = f"API key of {provider}", str(secret.get("id"))
        stage = str(secret.get("versionStage") or "AWSCURRENT")
        # A secret that is named by its ARN may be in another region.
        region = name.split(":")[3] if name.startswith("arn:") else account.region
        try:
            answer = account.client("secretsmanager", region).describe_secret(SecretId=name)
        except ClientError as error:
            if _code(error) not in _NOT_FOUND:
                raise
            yield problem(subject, f"Secrets Manager has no secret {name} in {region}", "create it")
            continue
        if any(stage in stages for stages in answer.get("VersionIdsToStages", {}).values()):
            yield ok(subject, f"Secrets Manager has {name}, {stage}")
        else:
            yield problem(subject, f"{name} has no version {stage} in Secrets Manager", "give it a value")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _said(error: Exception) -> str:
    return " ".join(str(error).split())
