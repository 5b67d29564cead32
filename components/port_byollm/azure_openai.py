"""Connect Azure OpenAI to Port."""

import pulumi

from port_byollm.api_key import ApiKeyConnection, ApiKeyConnectionArgs


class AzureOpenAiConnectionArgs(ApiKeyConnectionArgs):
    """The deployment, the source of the API key, and the registration in Port."""

    resource_name: pulumi.Input[str]
    """Name of the Azure OpenAI resource: the first part of its host name, `<name>.openai.azure.com`."""
    deployment_id: pulumi.Input[str]
    """Name of the model's deployment in that resource."""


class AzureOpenAiConnection(ApiKeyConnection):
    """The API key as a secret in Port, and the registration of an Azure OpenAI deployment there.

    Source: Port, "Setup & Configuration", steps 2 and 3.

    Raises:
        ConfigError: an argument is invalid; the error names it.
    """

    def __init__(
        self, name: str, args: AzureOpenAiConnectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        config = {"resourceName": args["resource_name"], "deploymentId": args["deployment_id"]}
        super().__init__(
            "AzureOpenAiConnection", name, provider="azure-openai", args=args, config=config, opts=opts
        )
