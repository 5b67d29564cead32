"""Resource options that several components give their children."""

import pulumi


def keeps_description(parent: pulumi.Resource) -> pulumi.ResourceOptions:
    """For a child of `parent` whose description is told at its creation and never changed: one that was
    adopted keeps its own, and other words in a later version replace no policy."""
    return pulumi.ResourceOptions(parent=parent, ignore_changes=["description"])
