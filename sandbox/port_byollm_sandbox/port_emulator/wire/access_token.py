"""What a token is asked for with."""

from pydantic import SecretStr

from port_byollm_sandbox.port_emulator.wire.body import Body


class AccessTokenRequest(Body):
    client_id: str
    client_secret: SecretStr
