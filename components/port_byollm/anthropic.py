"""Connect Anthropic's own API to Port."""

import pulumi

from port_byollm.api_key import ApiKeyConnection, ApiKeyConnectionArgs


class AnthropicConnection(ApiKeyConnection):
    """The API key as a secret in Port, and the registration of Anthropic there.

    Source: Port, "Setup & Configuration", steps 2 and 3.

    Raises:
        ConfigError: an argument is invalid; the error names it.
    """

    def __init__(
        self, name: str, args: ApiKeyConnectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AnthropicConnection", name, provider="anthropic", args=args, opts=opts)
