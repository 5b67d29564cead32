"""An evaluator that decides, from plain JSON documents and offline, whether IAM would allow a request.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. It never
decides about a document or request that IAM would refuse: it raises `Undecidable`, which names the place.
"""

from port_byollm.iam.evaluator.evaluation import Evaluator, evaluate
from port_byollm.iam.evaluator.request import Decision, Request, Undecidable, Verdict

__all__ = ["Decision", "Evaluator", "Request", "Undecidable", "Verdict", "evaluate"]
