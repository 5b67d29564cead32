"""The models that documents permit."""

from port_byollm.iam.permissions import Permissions
from port_byollm.iam.witnesses import is_invented


def named_models(permissions: Permissions) -> list[str]:
    """Return the sorted Bedrock ids of the models that may be invoked, without invented ones."""
    models = (permission.model for permission in permissions.invocations)
    return sorted({model for model in models if model and not is_invented(model)})
