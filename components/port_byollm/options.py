"""Resource options that several components use for their children."""

import pulumi


def keeps_description(parent: pulumi.Resource) -> pulumi.ResourceOptions:
    """Return options for a child of `parent` whose description is set only at creation.

    An adopted resource keeps its own, and a later version's wording does not replace a policy.
    """
    return pulumi.ResourceOptions(parent=parent, ignore_changes=["description"])
