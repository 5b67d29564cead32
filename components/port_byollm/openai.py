"""Connect OpenAI's own API to Port."""

import pulumi

from port_byollm.api_key import ApiKeyConnection, ApiKeyConnectionArgs


class OpenAiConnection(ApiKeyConnection):
    """The API key as a secret in Port, and the registration of OpenAI there.

    Source: Port, "Setup & Configuration", steps 2 and 3.

    Raises:
        ConfigError: an argument is invalid; the error names it.
    """

    def __init__(
        self, name: str, args: ApiKeyConnectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("OpenAiConnection", name, provider="openai", args=args, opts=opts)
