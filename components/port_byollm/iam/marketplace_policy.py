"""The policy that lets an identity subscribe to the models of third parties."""

from port_byollm.iam.documents import PolicyDocument, Statement


def marketplace() -> PolicyDocument:
    """Subscribing to models in AWS Marketplace, only where Bedrock asks for it on the caller's behalf.

    Bedrock does so when a model is first invoked (Port, "Setup & Configuration", "Anthropic models
    requirements"). The condition is that of AWS's managed policy AmazonBedrockFullAccess.
    """
    return PolicyDocument(
        (
            Statement(
                sid="SubscribeToModels",
                action=("aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions"),
                resource="*",
                condition={"StringEquals": {"aws:CalledViaLast": "bedrock.amazonaws.com"}},
            ),
        )
    )
