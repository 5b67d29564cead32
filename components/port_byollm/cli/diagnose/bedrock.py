"""AWS's part of a request's path beyond IAM: the organization's policies, the models, and throttling."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from port_byollm.catalogue import Lifecycle, Model, profile_id
from port_byollm.cli.diagnose.finding import Hidden, Side, fault
from port_byollm.cli.doctor import models
from port_byollm.cli.doctor.account import Account, findings_of
from port_byollm.cli.doctor.aws import SCPS, policies_of_the_organization
from port_byollm.cli.doctor.finding import Finding, Verdict, ok, unknown
from port_byollm.cli.verify.promise import Promise

_PERIOD = timedelta(hours=1)


def walk(account: Account, promise: Promise) -> Iterator[Finding]:
    """Check every step, for each enabled model."""
    for finding in findings_of(SCPS, policies_of_the_organization, account):
        # A member account cannot see its organization's policies.
        yield Hidden(**vars(finding)) if finding.verdict is Verdict.UNKNOWN else finding
    for model in promise.models:
        yield from findings_of(f"lifecycle of {model.name}", _lifecycle, account, model)
        for finding in findings_of(f"model access of {model.name}", models.availability, account, model):
            is_fault = finding.verdict is Verdict.PROBLEM
            yield fault(Side.AWS, finding.subject, finding.found, finding.next_step) if is_fault else finding
    for model in promise.models:
        yield from findings_of(f"throttling of {model.name}", _throttling, account, promise, model)


def _lifecycle(account: Account, model: Model) -> Iterator[Finding]:
    subject, (stage, end) = f"lifecycle of {model.name}", models.stage_of_life(account, model)
    instead = f"use {model.successor}" if model.successor else "choose another model"
    if stage is Lifecycle.END_OF_LIFE:
        yield fault(Side.AWS, subject, f"past its end of life on Bedrock ({end})", instead)
    elif stage is Lifecycle.LEGACY:
        yield unknown(subject, "Legacy: only accounts that used it in the last 30 days can call it", instead)
    else:
        yield ok(subject, "active")


def _throttling(account: Account, promise: Promise, model: Model) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html#runtime-cloudwatch-metrics"""
    subject, profile = f"throttling of {model.name}", profile_id(promise.geography, str(model.bedrock_id))
    throttled = _sum(account, "InvocationThrottles", profile)
    if throttled:
        yield fault(
            Side.AWS,
            subject,
            f"Bedrock throttled {throttled:.0f} invocations of {profile} in the last hour",
            "ask AWS for a higher quota (Service Quotas, Amazon Bedrock), or send fewer requests",
        )
    else:
        invoked = _sum(account, "Invocations", profile)
        yield ok(subject, f"Bedrock throttled none of {invoked:.0f} invocations in the last hour")


def _sum(account: Account, metric: str, profile: str) -> float:
    now = datetime.now(UTC)
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Bedrock",
        MetricName=metric,
        Dimensions=[{"Name": "ModelId", "Value": profile}],
        StartTime=now - _PERIOD,
        EndTime=now,
        Period=int(_PERIOD.total_seconds()),
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))
