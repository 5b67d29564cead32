"""The checks of a model in AWS: its lifecycle, its inference profile, the account's access to it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from botocore.exceptions import ClientError

from port_byollm.catalogue import Lifecycle, Model, profile_id
from port_byollm.cli.doctor.account import NOT_FOUND, Account, code
from port_byollm.cli.doctor.finding import Finding, ok, problem, unknown


def stage_of_life(account: Account, model: Model) -> tuple[Lifecycle, date | None]:
    """Return a model's lifecycle stage and its end of life, if known. Raises botocore's errors.

    https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle.html
    """
    today = datetime.now(UTC).date()
    try:
        details = account.bedrock.get_foundation_model(modelIdentifier=model.bedrock_id)["modelDetails"]
    except ClientError as error:
        if code(error) not in NOT_FOUND:
            raise
        details = {}  # past its end of life, or available only through its profile
    answer = details.get("modelLifecycle", {})
    end = answer.get("endOfLifeTime")
    end_of_life = end.astimezone(UTC).date() if end else model.end_of_life
    if end_of_life and today >= end_of_life:
        return Lifecycle.END_OF_LIFE, end_of_life
    is_legacy = answer.get("status") == "LEGACY" or model.lifecycle(today) is Lifecycle.LEGACY
    return Lifecycle.LEGACY if is_legacy else Lifecycle.ACTIVE, end_of_life


def lifecycle(account: Account, model: Model) -> Iterator[Finding]:
    subject, (stage, end_of_life) = f"lifecycle of {model.name}", stage_of_life(account, model)
    instead = f"use {model.successor}" if model.successor else "choose another model"
    until = f" until {end_of_life}" if end_of_life else ""
    if stage is Lifecycle.END_OF_LIFE:
        if account.plan.bedrock and account.plan.bedrock.allow_end_of_life:
            step = f"{instead}; the account may have lost it"
            yield unknown(subject, f"past its end of life ({end_of_life}), which is allowed", step)
        else:
            yield problem(subject, f"past its end of life on Bedrock ({end_of_life})", instead)
    elif stage is Lifecycle.LEGACY:
        yield unknown(
            subject,
            f"Legacy{until}: only accounts that used it in the last 30 days can call it",
            instead,
        )
    else:
        yield ok(subject, f"active{until}")


def profile(account: Account, model: Model) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html"""
    geography = account.plan.geography
    identifier, subject = profile_id(geography, str(model.bedrock_id)), f"inference profile of {model.name}"
    try:
        answer = account.bedrock.get_inference_profile(inferenceProfileIdentifier=identifier)
    except ClientError as error:
        if code(error) not in NOT_FOUND:
            raise
        yield problem(
            subject,
            f"{account.region} has no {identifier}",
            "leave the model out, or use another geography or region; "
            "`port-byollm models refresh` updates the catalog",
        )
        return
    if answer["status"] != "ACTIVE":
        yield problem(subject, f"{identifier} is {answer['status']}", "leave the model out for now")
        return
    routed = {entry["modelArn"].split(":")[3] for entry in answer["models"]}
    missing = sorted(routed - set(model.destinations(geography, account.region)))
    if missing and account.plan.is_pinned:
        yield problem(
            subject,
            f"{identifier} also routes to {', '.join(missing)}, which the pinned policy does not permit",
            "`port-byollm models refresh`, then `up`",
        )
    else:
        yield ok(
            subject,
            f"{identifier} routes to {', '.join(sorted(region or 'any region' for region in routed))}",
        )


def availability(account: Account, model: Model) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html"""
    subject, access = f"model access of {model.name}", account.plan.model_access
    answer = account.bedrock.get_foundation_model_availability(modelId=model.bedrock_id)
    agreement = answer.get("agreementAvailability", {})
    match agreement.get("status"):
        case _ if answer.get("regionAvailability") != "AVAILABLE":
            yield problem(subject, f"Bedrock does not offer it in {account.region}", "use another region")
        case _ if answer.get("authorizationStatus") != "AUTHORIZED":
            step = "request access in Bedrock's console, or find the policy that denies it"
            yield problem(subject, "the account is not authorized to use it", step)
        case _ if answer.get("entitlementAvailability") != "AVAILABLE":
            yield problem(subject, "the account is not entitled to it", "request access in Bedrock's console")
        case "AVAILABLE":
            yield ok(subject, "the agreement is in force")
        case "PENDING":
            yield problem(subject, "the agreement is pending", "wait a few minutes, then run this again")
        case "ERROR":
            why = agreement.get("errorMessage") or "no reason given"
            yield problem(subject, f"the agreement failed: {why}", "accept it in Bedrock's console")
        case _ if access and access.agreements:
            yield ok(subject, "there is no agreement yet; the update creates it")
        case _ if access and access.marketplace:
            yield ok(subject, "there is no agreement yet; the first request subscribes")
        case _ if account.plan.is_sandbox:
            yield ok(subject, "there is no agreement; the sandbox does not ask for one")
        case _:
            yield problem(
                subject,
                "there is no agreement",
                "configure byollm:bedrock.modelAccess, or accept it in Bedrock's console",
            )
