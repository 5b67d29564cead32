"""What holds where an argument of a component is left out, or the key of a stack's configuration for it."""

from typing import Literal

AUTH: Literal["role"] = "role"
SCOPE: Literal["pinned"] = "pinned"
ON_REMOVAL: Literal["restore"] = "restore"
ROTATION = "1"
SESSION_SECONDS = 3600
SECRET_VERSION_STAGE = "AWSCURRENT"  # noqa: S105  AWS's label of the version in use
VALIDATION_SECONDS = 60
API_KEY_VALIDATION_SECONDS = 10
"""A vendor knows its keys at once; IAM takes some time."""
