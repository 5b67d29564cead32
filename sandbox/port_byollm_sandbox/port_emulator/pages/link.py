"""A link that signs a browser in."""

from urllib.parse import urlencode

import httpx

from port_byollm.errors import PortByollmError
from port_byollm_sandbox.port_emulator.organizations import Credential
from port_byollm_sandbox.port_emulator.pages.paths import ENTER

SECONDS = 10.0


def sign_in_link(base_url: str, credential: Credential) -> str:
    """Return a link to the pages of the emulator at `base_url`, valid once, and as long as an access token.

    Raises PortByollmError if the emulator does not answer, or refuses the credential.
    """
    try:
        answer = httpx.post(
            f"{base_url}/v1/auth/access_token", json=credential.to_json(), timeout=SECONDS, trust_env=False
        ).raise_for_status()
    except httpx.HTTPError as error:
        raise PortByollmError(f"Port's emulator issued no access token: {error}") from None
    token = answer.json()["accessToken"]
    return f"{base_url}{ENTER}?{urlencode({'token': token})}"
