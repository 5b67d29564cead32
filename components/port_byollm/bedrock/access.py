"""Who may do what, told without the documents that say it."""

from collections.abc import Sequence

import pulumi

from port_byollm.outputs import of_made

AccessFacts = dict[str, dict[str, str]]
"""What kind of thing (`principals`, `models`, …) -> its name -> the regions, or `yes`."""


def access(
    policies: Sequence[pulumi.Input[str]], trust_policy: pulumi.Input[str] | None
) -> pulumi.Output[AccessFacts]:
    """What the policies permit and whom the trust policy admits, by what IAM would decide.

    The engine hides a trust policy as a whole, for the external ID in it, and so whatever changes in it. This
    is no secret, and the difference that a preview shows of it is the one that matters.
    """

    @of_made
    def facts(known: list[str]) -> AccessFacts:
        # Not every program waits for the evaluator.
        from port_byollm.iam.access import Access

        *texts, trust = known
        admitted = Access.by_trust(trust).to_dict() if trust else {}
        return admitted | Access.by_policies(texts).to_dict()

    return pulumi.Output.unsecret(pulumi.Output.all(*policies, trust_policy or "").apply(facts))
