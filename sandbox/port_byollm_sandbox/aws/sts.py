"""STS as strict as AWS about an IAM user's keys: GetCallerIdentity says whose they are, or refuses them."""

import re

from moto.core.exceptions import InvalidClientTokenIdError
from moto.core.responses import ActionResult
from moto.iam.access_control import IAMRequest
from moto.iam.models import iam_backends
from moto.sts import urls
from moto.sts.responses import TokenResponse

USER_KEY = re.compile("AKIA[A-Z0-9]{16}")


def install() -> None:
    """Puts these rules in front of moto's STS, for this process."""
    urls.url_paths["{0}/$"] = StrictSts.dispatch


class StrictSts(TokenResponse):
    def get_caller_identity(self) -> ActionResult:
        """Keys in the form of a user's must be active, and the request signed with their secret; moto itself
        takes any. Keys of other forms remain what they are here: the account's own."""
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
