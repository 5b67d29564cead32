"""Azure OpenAI connected to Port."""

import pulumi

from port_byollm.api_key import ApiKeyConnection, ApiKeyConnectionArgs


class AzureOpenAiConnectionArgs(ApiKeyConnectionArgs):
    """The deployment, where the key comes from, and how Port is told."""

    resource_name: pulumi.Input[str]
    """Name of the Azure OpenAI resource: the first part of its host name, `<name>.openai.azure.com`."""
    deployment_id: pulumi.Input[str]
    """Name of the deployment of the model in that resource."""


class AzureOpenAiConnection(ApiKeyConnection):
    """API-key secret and registration of an Azure OpenAI deployment in Port.

    Source: Port, "Setup & Configuration", steps 2 and 3.

    Raises:
        ConfigError: an argument that cannot be; it names the argument.
    """

    def __init__(
        self, name: str, args: AzureOpenAiConnectionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        config = {"resourceName": args["resource_name"], "deploymentId": args["deployment_id"]}
        super().__init__(
            "AzureOpenAiConnection", name, provider="azure-openai", args=args, config=config, opts=opts
        )
