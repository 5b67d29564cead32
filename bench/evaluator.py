"""Benchmark the evaluator's decisions per second, with policies compiled once and compiled for each decision.

Both run in turn, so that a slow moment affects both. The requests are those of a Bedrock connection: the
gateway assumes the role, and the role's session invokes each model in each destination region, under a
permissions boundary and SCPs at two levels. It prints the median of the rounds, by CPU time.

    .venv/bin/python bench/evaluator.py [ROUNDS]
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from port_byollm.catalogue import GATEWAY_PRINCIPALS, find_model, profile_id
from port_byollm.iam import arns
from port_byollm.iam.evaluator import Evaluator, Request, evaluate
from port_byollm.iam.invoke_policy import pinned
from port_byollm.iam.trust_policy import gateway_trust

ACCOUNT, REGION, GEOGRAPHY = "111122223333", "eu-west-1", "eu"
MODELS = ("claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/port-byollm"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/port-byollm/gateway"
QUESTIONS = 2000
"""Decisions per round."""


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [everything | statement for statement in statements]}


def invocations() -> tuple[dict[str, Any], list[Request]]:
    region_deny = {
        "Effect": "Deny",
        "Action": ["bedrock:*", "s3:*"],
        "Condition": {"StringNotLike": {"aws:RequestedRegion": ["eu-*", "unspecified"]}},
    }
    documents: dict[str, Any] = {
        "identity_policies": [
            document.to_dict() for document in pinned(MODELS, GEOGRAPHY, REGION, ACCOUNT, None)
        ],
        "permission_boundary": policy({"Action": "bedrock:*"}),
        "scps": [[policy({})], [policy({}, region_deny)]],
    }
    requests = []
    for model in filter(None, map(find_model, MODELS)):
        if model.bedrock_id is None:
            continue
        profile = arns.inference_profile(REGION, ACCOUNT, profile_id(GEOGRAPHY, model.bedrock_id))
        for region in model.destinations(GEOGRAPHY, REGION):
            context = {"aws:RequestedRegion": region, "bedrock:InferenceProfileArn": profile}
            resource = arns.foundation_model(region, model.bedrock_id)
            requests.append(Request(SESSION, "bedrock:InvokeModel", resource, context))
    return documents, requests


def assumptions() -> tuple[dict[str, Any], list[Request]]:
    gateway = GATEWAY_PRINCIPALS["eu"]
    documents = {
        "identity_policies": [policy({"Action": "sts:AssumeRole"})],
        "resource_policy": gateway_trust([gateway], ["an-external-id", "another"]).to_dict(),
    }
    contexts: list[dict[str, str]] = [{}, *({"sts:ExternalId": value} for value in ("wrong", "another"))]
    return documents, [Request(gateway, "sts:AssumeRole", ROLE, context) for context in contexts]


def rate(ask: Callable[[Request], object], requests: list[Request], questions: int) -> float:
    """Return the decisions per second of CPU time."""
    start = time.process_time()
    for number in range(questions):
        ask(requests[number % len(requests)])
    return questions / (time.process_time() - start)


def main(rounds: int) -> None:
    print(f"{'decisions/s':12} {'compiled':>9} {'each time':>9} {'ratio':>6}   ({rounds} rounds)")
    for name, (documents, requests) in {"invoke": invocations(), "assume": assumptions()}.items():
        compiled, each_time = [], []
        evaluator = Evaluator(**documents)
        for _ in range(rounds):
            compiled.append(rate(evaluator.evaluate, requests, QUESTIONS))
            each_time.append(rate(partial(evaluate, **documents), requests, QUESTIONS // 10))
        ratio = statistics.median(fast / slow for fast, slow in zip(compiled, each_time, strict=True))
        fast, slow = statistics.median(compiled), statistics.median(each_time)
        print(f"{name:12} {fast:9,.0f} {slow:9,.0f} {ratio:6.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
