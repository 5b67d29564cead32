"""The policy that lets an identity subscribe to third-party models."""

from port_byollm.iam.documents import PolicyDocument, Statement


def marketplace() -> PolicyDocument:
    """Return a policy that permits subscribing to models in AWS Marketplace, only through Bedrock.

    Bedrock subscribes on the caller's behalf when a model is first invoked (Port, "Setup & Configuration",
    "Anthropic models requirements"). The condition is that of AWS's managed policy AmazonBedrockFullAccess.
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
