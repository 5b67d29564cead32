"""Bedrock by a user's access keys: the test determines the keys' user, and whether AWS accepts them.

It calls the sandbox's STS with the keys (GetCallerIdentity), which needs no permission.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from port_byollm_sandbox.port_emulator.validation import aws
from port_byollm_sandbox.port_emulator.validation.bedrock import Caller, NotSignedInError
from port_byollm_sandbox.port_emulator.validation.iam_reader import read_user

ACCESS_KEY_ID = re.compile("AKIA[A-Z0-9]{16}")
"""The id of a user's key (IAM User Guide, "IAM identifiers"). Temporary keys would need a session token."""
UNRECOGNIZED = "UnrecognizedClientException: The security token included in the request is invalid"
MISMATCH = (
    "InvalidSignatureException: The request signature we calculated does not match the signature you provided"
)


@dataclass(frozen=True)
class AccessKey:
    """The values of both secrets, and the secrets' names."""

    id: str = field(repr=False)
    secret: str = field(repr=False)
    id_secret_name: str
    secret_secret_name: str


def sign_in(key: AccessKey, region: str, endpoint_url: str, delay: timedelta = timedelta()) -> Caller:
    """Return the user that the key belongs to. A key younger than `delay` is treated as unknown. Blocks.

    Raises NotSignedInError, in the words of Bedrock's common errors.
    """
    arn = _caller_arn(key, region, endpoint_url)
    user = read_user(arn, endpoint_url)
    if user is None or key.id not in user.active_keys:
        raise NotSignedInError(f"{UNRECOGNIZED}: the access key in secret '{key.id_secret_name}' is gone")
    if datetime.now(UTC) - user.active_keys[key.id] < delay:
        raise NotSignedInError(
            f"{UNRECOGNIZED}: the access key in secret '{key.id_secret_name}' is not known yet"
        )
    return Caller(
        arn=arn,
        owner_arn=arn,
        identity=user.identity,
        boundary=user.boundary,
    )


def _caller_arn(key: AccessKey, region: str, endpoint_url: str) -> str:
    # Anything else is a mistake, perhaps the secret key itself, so do not send it anywhere.
    if not ACCESS_KEY_ID.fullmatch(key.id):
        raise NotSignedInError(
            f"{UNRECOGNIZED}: secret '{key.id_secret_name}' does not hold a user's access key id"
        )
    sts = aws.client("sts", endpoint_url, region, key.id, key.secret)
    try:
        arn: str = sts.get_caller_identity()["Arn"]
    except ClientError as error:
        match error.response["Error"]["Code"]:
            case "InvalidClientTokenId":
                raise NotSignedInError(
                    f"{UNRECOGNIZED}: no active access key has the id in secret '{key.id_secret_name}'"
                ) from None
            case "SignatureDoesNotMatch":
                raise NotSignedInError(
                    f"{MISMATCH}: secret '{key.secret_secret_name}' does not hold the secret access key"
                    f" of the id in secret '{key.id_secret_name}'"
                ) from None
            case _:
                raise
    finally:
        sts.close()
    return arn
