"""STS as strict as AWS: GetCallerIdentity checks a user's key, AssumeRoleWithWebIdentity the token."""

import re

from moto.core.exceptions import InvalidClientTokenIdError
from moto.core.responses import ActionResult
from moto.iam.access_control import IAMRequest
from moto.iam.models import iam_backends
from moto.sts import urls
from moto.sts.responses import TokenResponse

from port_byollm_sandbox.aws.web_identity import check_web_identity

USER_KEY = re.compile("AKIA[A-Z0-9]{16}")


def install() -> None:
    """Put these rules in front of moto's STS, for this process."""
    urls.url_paths["{0}/$"] = StrictSts.dispatch


class StrictSts(TokenResponse):
    def get_caller_identity(self) -> ActionResult:
        """Check that a user's key is active and the request is signed with its secret; moto accepts any.

        Keys in another form than a user's keep full access to the account.
        """
        key_id = self.get_access_key()
        if USER_KEY.fullmatch(key_id):
            key = iam_backends[self.current_account][self.partition].access_keys.get(key_id)
            if key is None or key.status != "Active":
                raise InvalidClientTokenIdError()
            IAMRequest(
                account_id=self.current_account,
                method=self.method,
                path=self.path,
                data=self.data,
                body=self.body,
                headers=dict(self.headers),
                action="GetCallerIdentity",
            ).check_signature()
        return super().get_caller_identity()

    def assume_role_with_web_identity(self) -> ActionResult:
        check_web_identity(*map(self._get_param, ("RoleArn", "WebIdentityToken", "RoleSessionName")))
        return super().assume_role_with_web_identity()
