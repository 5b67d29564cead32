"""Anthropic's own API connected to Port."""

import pulumi

from port_byollm.api_key import ApiKeyConnection, ApiKeyConnectionArgs


class AnthropicConnection(ApiKeyConnection):
    """API-key secret and registration of Anthropic in Port.

    Source: Port, "Setup & Configuration", steps 2 and 3.

    Raises:
        ConfigError: an argument that cannot be; it names the argument.
    """

    def __init__(
        self, name: str, args: ApiKeyConnectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AnthropicConnection", name, provider="anthropic", args=args, opts=opts)
