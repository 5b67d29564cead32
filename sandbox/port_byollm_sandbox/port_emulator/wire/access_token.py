"""Requests for an access token."""

from pydantic import SecretStr

from port_byollm_sandbox.port_emulator.wire.body import Body


class AccessTokenRequest(Body):
    client_id: str
    client_secret: SecretStr
