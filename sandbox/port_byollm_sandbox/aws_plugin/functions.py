"""Functions of the `aws` package, with which a program reads data without creating a resource."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.loaders import Loader

from port_byollm_sandbox.aws_plugin import bedrockfoundation, secretsmanager
from port_byollm_sandbox.aws_plugin.session import Aws

Function = Callable[[Aws, Mapping[str, Any]], dict[str, Any]]


def get_caller_identity(aws: Aws, arguments: Mapping[str, Any]) -> dict[str, Any]:
    caller = aws.identity
    account = caller["Account"]
    return {"id": account, "accountId": account, "arn": caller["Arn"], "userId": caller["UserId"]}


def get_region(aws: Aws, arguments: Mapping[str, Any]) -> dict[str, Any]:
    region = arguments.get("region") or arguments.get("name") or aws.region
    partition = partition_of(aws)
    return {
        "id": region,
        "region": region,
        "name": region,
        "description": partition["regions"].get(region, {}).get("description", region),
        "endpoint": f"ec2.{region}.{partition['dnsSuffix']}",
    }


def get_partition(aws: Aws, arguments: Mapping[str, Any]) -> dict[str, Any]:
    suffix = partition_of(aws)["dnsSuffix"]
    return {
        "id": aws.partition,
        "partition": aws.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def partition_of(aws: Aws) -> dict[str, Any]:
    """Return botocore's entry for the partition: regions with their descriptions, the DNS suffix."""
    partitions = Loader().load_data("endpoints")["partitions"]
    return next(entry for entry in partitions if entry["partition"] == aws.partition)


FUNCTIONS: dict[str, Function] = {
    "aws:bedrockfoundation/getModelAgreementOffers:getModelAgreementOffers": (
        bedrockfoundation.get_model_agreement_offers
    ),
    "aws:index/getCallerIdentity:getCallerIdentity": get_caller_identity,
    "aws:index/getPartition:getPartition": get_partition,
    "aws:index/getRegion:getRegion": get_region,
    "aws:secretsmanager/getSecretVersion:getSecretVersion": secretsmanager.get_secret_version,
}
