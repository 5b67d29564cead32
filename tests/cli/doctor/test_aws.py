"""AWS's side, asked of the sandbox's AWS; what that has no way to answer, of a stand-in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from port_byollm.catalogue import lookup, parse_model
from port_byollm.catalogue.overlay import Overlay
from port_byollm.cli.doctor import aws as checks
from port_byollm.cli.doctor import models
from port_byollm.cli.doctor.account import Account, findings_of
from port_byollm.cli.doctor.finding import Finding, Verdict
from port_byollm.cli.stack.plan import Plan
from port_byollm_sandbox.aws.server import AwsServer

SONNET, OLD = "claude-sonnet-4-5-20250929", "claude-sonnet-4-20250514"
SONNET_ID = "anthropic.claude-sonnet-4-5-20250929-v1:0"
FORM = {
    "companyName": "Acme",
    "companyWebsite": "https://acme.example",
    "intendedUsers": "0",
    "industryOption": "Software",
    "useCases": "Answers",
}


def plan(bedrock: Mapping[str, Any] | None = None, **settings: Any) -> Plan:
    section = {"geography": "eu", "models": [SONNET]} | dict(bedrock or {})
    given = {"aws:region": "eu-west-1", "byollm:bedrock": section}
    return Plan(given | {f"byollm:{key.replace('_', '-')}": value for key, value in settings.items()})


def found(asked: Plan, subject: str) -> list[Finding]:
    return [finding for finding in checks.check_aws(asked) if subject in finding.subject]


def the(asked: Plan, subject: str) -> Finding:
    [finding] = found(asked, subject)
    return finding


def test_says_whose_credentials_they_are(aws: AwsServer) -> None:
    finding = the(plan(), "AWS credentials")

    assert finding.verdict is Verdict.OK
    assert "arn:aws:sts::111122223333:" in finding.found


def test_another_account_than_the_targets_is_a_problem(aws: AwsServer) -> None:
    target = {"awsAccountId": "999988887777", "portOrganization": "acme"}
    finding = the(plan(target=target), "AWS credentials")

    assert finding.verdict is Verdict.PROBLEM
    assert "account 111122223333, and byollm:target.awsAccountId is 999988887777" in finding.found


def test_without_credentials_nothing_else_of_aws_is_looked_at(
    aws: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    region, credentials, rest = checks.check_aws(plan())

    assert region.verdict is Verdict.OK
    assert credentials.verdict is Verdict.PROBLEM
    assert "Unable to locate credentials" in credentials.found
    assert (rest.verdict, rest.subject) == (Verdict.UNKNOWN, "everything else of AWS")


def test_a_profile_that_is_not_there_is_a_problem_of_the_credentials(aws: AwsServer) -> None:
    asked = Plan({"aws:profile": "nobody", "aws:region": "eu-west-1"})

    finding = the(asked, "AWS credentials")

    assert finding.verdict is Verdict.PROBLEM
    assert "nobody" in finding.found


def test_credentials_that_the_update_goes_on_to_are_unknown(aws: AwsServer) -> None:
    asked = Plan({**plan().config, "aws:assumeRoles": [{"roleArn": "arn:aws:iam::111122223333:role/deploy"}]})

    assert [finding.verdict for finding in found(asked, "AWS credentials")] == [Verdict.UNKNOWN, Verdict.OK]


def test_no_region_is_a_problem(aws: AwsServer) -> None:
    finding = the(Plan({"byollm:bedrock": {"geography": "eu", "models": [SONNET]}}), "region")

    assert finding.verdict is Verdict.PROBLEM


def test_a_region_outside_the_geography_is_a_problem(aws: AwsServer) -> None:
    finding = the(plan({"geography": "us"}), "region")

    assert finding.verdict is Verdict.PROBLEM
    assert "us-east-1" in finding.next_step


def test_everything_is_well_once_the_form_and_the_agreement_are_there(aws: AwsServer) -> None:
    bedrock = boto3.client("bedrock", region_name="eu-west-1")
    bedrock.put_use_case_for_model_access(formData=b'{"companyName": "Acme"}')
    token = bedrock.list_foundation_model_agreement_offers(modelId=SONNET_ID)["offers"][0]["offerToken"]
    bedrock.create_foundation_model_agreement(modelId=SONNET_ID, offerToken=token)
    bedrock.close()

    findings = list(checks.check_aws(plan()))

    assert {finding.verdict for finding in findings} == {Verdict.OK}
    assert [finding.subject for finding in findings] == [
        "region",
        "AWS credentials",
        "usage form of Anthropic's models",
        "service control policies",
        f"lifecycle of {SONNET}",
        f"inference profile of {SONNET}",
        f"model access of {SONNET}",
    ]


def test_a_form_that_nobody_submits_is_a_problem(aws: AwsServer) -> None:
    assert the(plan(), "usage form").verdict is Verdict.PROBLEM


def test_the_sandbox_asks_for_neither_form_nor_agreement(aws: AwsServer) -> None:
    findings = list(checks.check_aws(replace(plan(), is_sandbox=True)))

    assert {finding.verdict for finding in findings} == {Verdict.OK}
    said = {finding.subject: finding.found for finding in findings}
    assert "the sandbox does not ask for it" in said["usage form of Anthropic's models"]
    assert "the sandbox does not ask for one" in said[f"model access of {SONNET}"]


def test_a_form_that_the_update_submits_is_none(aws: AwsServer) -> None:
    finding = the(plan({"modelAccess": {"useCase": FORM}}), "usage form")

    assert finding.verdict is Verdict.OK
    assert "the update submits it" in finding.found


@pytest.mark.parametrize(
    ("access", "verdict", "says"),
    [
        (None, Verdict.PROBLEM, "there is no agreement"),
        ({}, Verdict.OK, "the update creates it"),
        ({"useCase": FORM}, Verdict.OK, "the update creates it"),
        ({"agreements": False, "marketplace": True}, Verdict.OK, "the first request subscribes"),
        ({"agreements": False}, Verdict.PROBLEM, "there is no agreement"),
    ],
)
def test_a_missing_agreement(
    aws: AwsServer, access: dict[str, Any] | None, verdict: Verdict, says: str
) -> None:
    finding = the(plan({"modelAccess": access}), "model access")

    assert finding.verdict is verdict
    assert says in finding.found


def test_a_model_past_its_end_of_life_is_a_problem(aws: AwsServer) -> None:
    finding = the(plan({"models": [OLD]}), "lifecycle")

    assert finding.verdict is Verdict.PROBLEM
    assert "2026-10-14" in finding.found
    assert SONNET in finding.next_step


def test_a_model_past_its_end_of_life_that_is_allowed_is_unknown(aws: AwsServer) -> None:
    assert the(plan({"models": [OLD], "allowEndOfLife": True}), "lifecycle").verdict is Verdict.UNKNOWN


def test_of_all_models_those_past_their_end_of_life_are_left_out(aws: AwsServer) -> None:
    assert found(plan({"models": "all"}), f"lifecycle of {OLD}") == []
    assert found(plan({"models": "all"}), f"lifecycle of {SONNET}") != []


def test_a_model_without_a_profile_of_the_geography_is_a_problem(aws: AwsServer) -> None:
    asked = Plan({**plan({"geography": "apac"}).config, "aws:region": "ap-south-1"})

    finding = the(asked, "inference profile")

    assert finding.verdict is Verdict.PROBLEM
    assert f"ap-south-1 has no apac.{SONNET_ID}" in finding.found


@pytest.fixture
def routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalogue knows fewer destinations than the account has."""
    path = tmp_path / "catalogue.json"
    monkeypatch.setenv("PORT_BYOLLM_CATALOGUE", str(path))
    path.write_text(Overlay({"eu-west-1": {f"eu.{SONNET_ID}": ("eu-west-1",)}}).to_json())
    lookup.forget()
    yield
    lookup.forget()


PROFILE = {
    "inferenceProfileId": f"eu.{SONNET_ID}",
    "status": "ACTIVE",
    "models": [
        {"modelArn": f"arn:aws:bedrock:{region}::foundation-model/{SONNET_ID}"}
        for region in ("eu-west-1", "eu-central-1")
    ],
}


@pytest.mark.usefixtures("routes")
def test_a_destination_that_the_pinned_policy_lacks_is_a_problem() -> None:
    finding = of_model("profile", get_inference_profile=PROFILE)

    assert finding.verdict is Verdict.PROBLEM
    assert "also routes to eu-central-1" in finding.found
    assert "models refresh" in finding.next_step


@pytest.mark.usefixtures("routes")
def test_the_documented_policy_has_every_destination() -> None:
    finding = of_model("profile", {"scope": "documented"}, get_inference_profile=PROFILE)

    assert finding.verdict is Verdict.OK


def test_a_guardrail_and_a_boundary_that_are_not_there_are_problems(aws: AwsServer) -> None:
    guardrail = {"arn": "arn:aws:bedrock:eu-west-1:111122223333:guardrail/gr0000000000", "version": "1"}
    boundary = "arn:aws:iam::111122223333:policy/boundary"
    asked = plan({"guardrail": guardrail, "role": {"permissionsBoundary": boundary}})

    assert the(asked, "guardrail").verdict is Verdict.PROBLEM
    assert the(asked, "permissions boundary").verdict is Verdict.PROBLEM

    iam = boto3.client("iam", region_name="eu-west-1")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = str({"Version": "2012-10-17", "Statement": [statement]}).replace("'", '"')
    iam.create_policy(PolicyName="boundary", PolicyDocument=document)
    iam.close()

    assert the(asked, "permissions boundary").verdict is Verdict.OK


def test_an_api_key_in_secrets_manager(aws: AwsServer) -> None:
    asked = Plan({"aws:region": "eu-west-1", "byollm:openai": {"apiKeyAwsSecret": {"id": "llm/openai"}}})

    assert the(asked, "API key of openai").verdict is Verdict.PROBLEM

    manager = boto3.client("secretsmanager", region_name="eu-west-1")
    manager.create_secret(Name="llm/openai", SecretString="sk-1")
    manager.close()

    assert the(asked, "API key of openai").verdict is Verdict.OK


def test_what_another_stack_manages_is_not_looked_at(aws: AwsServer) -> None:
    asked = plan(target={"awsAccountId": "111122223333", "portOrganization": "acme", "manages": ["defaults"]})

    assert [finding.subject for finding in checks.check_aws(asked)] == [
        "AWS credentials",
        "service control policies",
    ]


@dataclass
class Answers:
    """A client of every service: operation -> its answer, or the error that it raises."""

    of: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, operation: str) -> Any:
        def answer(**_: object) -> Any:
            if isinstance(self.of[operation], Exception):
                raise self.of[operation]
            return self.of[operation]

        return answer


def account(bedrock: Mapping[str, Any] | None = None, **answers: Any) -> Account:
    class Stub(Account):
        def client(self, service: str, region: str | None = None) -> Any:
            return Answers(answers)

    return Stub("111122223333", "eu-west-1", plan(bedrock), boto3.Session("key", "secret"))


def of_model(check: str, bedrock: Mapping[str, Any] | None = None, **answers: Any) -> Finding:
    [finding] = findings_of(
        "subject", getattr(models, check), account(bedrock, **answers), parse_model(SONNET)
    )
    return finding


def of_account(check: str, **answers: Any) -> Finding:
    [finding] = findings_of("subject", getattr(checks, check), account(**answers))
    return finding


def error(code: str, operation: str = "GetInferenceProfile") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


def test_what_aws_denies_is_unknown() -> None:
    finding = of_model("profile", get_inference_profile=error("AccessDeniedException"))

    assert finding.verdict is Verdict.UNKNOWN
    assert "allow GetInferenceProfile" in finding.next_step


def test_what_aws_does_not_answer_is_unknown() -> None:
    finding = of_model("profile", get_inference_profile=EndpointConnectionError(endpoint_url="https://x"))

    assert finding.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("organization", "verdict"),
    [
        (error("AWSOrganizationsNotInUseException"), Verdict.OK),
        ({"Organization": {"MasterAccountId": "111122223333"}}, Verdict.OK),
        ({"Organization": {"MasterAccountId": "999988887777"}}, Verdict.UNKNOWN),
        (error("AccessDeniedException", "DescribeOrganization"), Verdict.UNKNOWN),
    ],
)
def test_a_member_account_does_not_see_its_service_control_policies(
    organization: Any, verdict: Verdict
) -> None:
    assert of_account("policies_of_the_organization", describe_organization=organization).verdict is verdict


def test_a_form_may_have_been_submitted_by_the_management_account() -> None:
    finding = of_account(
        "_form",
        get_use_case_for_model_access=error("ResourceNotFoundException"),
        describe_organization={"Organization": {"MasterAccountId": "999988887777"}},
    )

    assert finding.verdict is Verdict.UNKNOWN
    assert "999988887777" in finding.found


AVAILABLE = {
    "agreementAvailability": {"status": "AVAILABLE"},
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"regionAvailability": "NOT_AVAILABLE"}, "does not offer it in eu-west-1"),
        ({"authorizationStatus": "NOT_AUTHORIZED"}, "not authorized"),
        ({"entitlementAvailability": "NOT_AVAILABLE"}, "not entitled"),
        ({"agreementAvailability": {"status": "PENDING"}}, "pending"),
        ({"agreementAvailability": {"status": "ERROR", "errorMessage": "no card"}}, "no card"),
    ],
)
def test_a_model_that_the_account_has_no_access_to(answer: dict[str, Any], says: str) -> None:
    finding = of_model("availability", get_foundation_model_availability=AVAILABLE | answer)

    assert finding.verdict is Verdict.PROBLEM
    assert says in finding.found


def test_a_legacy_model_is_unknown() -> None:
    day = datetime(2100, 1, 1, tzinfo=UTC)
    lifecycle = {"modelLifecycle": {"status": "LEGACY", "endOfLifeTime": day}}

    finding = of_model("lifecycle", get_foundation_model={"modelDetails": lifecycle})

    assert finding.verdict is Verdict.UNKNOWN
    assert "2100-01-01" in finding.found


@pytest.mark.parametrize(("model", "verdict"), [(OLD, Verdict.PROBLEM), (SONNET, Verdict.OK)])
def test_of_a_model_that_the_region_does_not_list_the_catalogue_knows(model: str, verdict: Verdict) -> None:
    there = account(get_foundation_model=error("ValidationException"))

    [finding] = models.lifecycle(there, parse_model(model))

    assert finding.verdict is verdict
