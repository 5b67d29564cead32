"""Defaults of component arguments and of the configuration keys for them."""

from typing import Literal

AUTH: Literal["role"] = "role"
SCOPE: Literal["pinned"] = "pinned"
ON_REMOVAL: Literal["restore"] = "restore"
ROTATION = "1"
SESSION_SECONDS = 3600
SECRET_VERSION_STAGE = "AWSCURRENT"  # noqa: S105  AWS's label of the current version
VALIDATION_SECONDS = 60
API_KEY_VALIDATION_SECONDS = 10
"""Shorter, because a vendor knows its keys at once, while IAM takes some time."""
