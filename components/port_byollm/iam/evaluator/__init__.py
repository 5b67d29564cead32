"""Decides whether IAM would permit a request, over plain JSON documents and without any call.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. What IAM
would refuse is never decided: `Undecidable` is raised and names the place.
"""

from port_byollm.iam.evaluator.evaluation import Evaluator, evaluate
from port_byollm.iam.evaluator.request import Decision, Request, Undecidable, Verdict

__all__ = ["Decision", "Evaluator", "Request", "Undecidable", "Verdict", "evaluate"]
