"""AWS's own word beside the evaluator's."""

from collections.abc import Callable, Mapping

import pytest
from botocore.exceptions import ClientError

from port_byollm.catalogue import GATEWAY_PRINCIPALS, parse_model
from port_byollm.cli.verify.aws import Aws
from port_byollm.cli.verify.simulator import confirmed
from port_byollm.iam.evaluator import Request
from port_byollm.proof import ExternalId, Policy, Proof, Role, Subject, prove

from .conftest import ACCOUNT, EXTERNAL_ID, REGION, ROLE_ARN, SONNET, allowing, invoke_policy, trust_policy


class Simulator(Aws):
    """An AWS that answers as it is told."""

    def __init__(self, answer: Callable[[Request], str], host: str = "iam.amazonaws.com") -> None:
        self._answer, self._endpoint_url = answer, f"https://{host}"
        self.asked: list[Request] = []

    @property
    def endpoint_url(self) -> str:
        return self._endpoint_url

    def simulate(self, arn: str, request: Request) -> str:
        assert arn == ROLE_ARN
        self.asked.append(request)
        return self._answer(request)


def subject(policy: Mapping[str, object]) -> Subject:
    current = ExternalId("current", EXTERNAL_ID)
    role = Role(ROLE_ARN, trust_policy(EXTERNAL_ID), GATEWAY_PRINCIPALS, (current,))
    return Subject(REGION, ACCOUNT, "eu", (parse_model(SONNET),), role, (Policy("invoke", policy),))


def run(simulator: Simulator, policy: Mapping[str, object] | None = None) -> tuple[Proof, Proof]:
    """The proof without and with the simulator."""
    about = subject(policy or invoke_policy())
    before = prove(about)
    return before, confirmed(before, about, simulator)


def test_where_aws_agrees_nothing_is_added() -> None:
    simulator = Simulator(lambda request: "allowed")

    before, after = run(simulator)

    assert after.claims == before.claims
    assert after.holds is True
    # The profile and six destinations, with either action.
    assert len(simulator.asked) == 14
    assert "asked about 14 of these calls" in after.notes[-1]


@pytest.mark.parametrize("said", ["implicitDeny", "explicitDeny"])
def test_a_difference_fails_and_names_both(said: str) -> None:
    def answer(request: Request) -> str:
        return said if ":eu-north-1:" in request.resource else "allowed"

    _, after = run(Simulator(answer))

    assert after.holds is False
    failing = [claim for claim in after.claims if not claim.holds]
    assert {(claim.region, claim.model) for claim in failing} == {("eu-north-1", SONNET)}
    for claim in failing:
        assert claim.what.endswith(", as AWS's policy simulator decides it")
        assert claim.reason.startswith(f"the simulator says {said[0].upper()}{said[1:-4]}")
        assert "the documents Allowed: allowed by statement" in claim.reason


def test_what_aws_would_allow_and_the_documents_deny_is_a_difference_too() -> None:
    _, after = run(Simulator(lambda request: "allowed"), allowing("s3:GetObject"))

    differing = [claim for claim in after.claims if "simulator" in claim.what]
    assert len(differing) == 14
    assert not any(claim.holds for claim in differing)


def test_what_it_does_not_answer_is_said_and_not_counted() -> None:
    def refuse(request: Request) -> str:
        error = {"Code": "AccessDenied", "Message": "not authorized to perform: iam:SimulatePrincipalPolicy"}
        raise ClientError({"Error": error}, "SimulatePrincipalPolicy")

    before, after = run(Simulator(refuse))

    assert (after.claims, after.holds) == (before.claims, True)
    assert "iam:SimulatePrincipalPolicy" in after.notes[-1]


def test_the_sandbox_is_not_asked() -> None:
    simulator = Simulator(lambda request: "explicitDeny", "127.0.0.1:4000")

    _, after = run(simulator)

    assert (simulator.asked, after.holds) == ([], True)
    assert after.notes[-1] == "AWS's policy simulator was not asked: the sandbox has none."
