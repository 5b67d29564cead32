"""The models that documents permit."""

from port_byollm.iam.permissions import Permissions
from port_byollm.iam.witnesses import is_invented


def named_models(permissions: Permissions) -> list[str]:
    """Bedrock ids of the models that may be invoked, but for those that nobody has heard of."""
    found = (permission.model for permission in permissions.invocations)
    return sorted({model for model in found if model and not is_invented(model)})
