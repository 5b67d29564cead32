"""Who may do what, as an output without the policy documents."""

from collections.abc import Sequence

import pulumi

from port_byollm.outputs import of_made

AccessFacts = dict[str, dict[str, str]]
"""Kind (`principals`, `models`, …) -> name -> regions, or `yes`."""


def access(
    policies: Sequence[pulumi.Input[str]], trust_policy: pulumi.Input[str] | None
) -> pulumi.Output[AccessFacts]:
    """Return what the policies permit and whom the trust policy admits, as IAM would decide.

    The engine hides a whole trust policy, and every change in it, because it contains the external ID. This
    output is not secret, so previews show the changes that matter.
    """

    @of_made
    def facts(known: list[str]) -> AccessFacts:
        # Only programs that use this wait for the evaluator's import.
        from port_byollm.iam.access import Access

        *texts, trust = known
        admitted = Access.by_trust(trust).to_dict() if trust else {}
        return admitted | Access.by_policies(texts).to_dict()

    return pulumi.Output.unsecret(pulumi.Output.all(*policies, trust_policy or "").apply(facts))
