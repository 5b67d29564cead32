"""The parts of IAM's API that several types share."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from port_byollm_sandbox.aws_plugin.resource import Properties, tag_changes
from port_byollm_sandbox.aws_plugin.session import Aws


def call(aws: Aws, operation: str, holder: str, name: str, **arguments: Any) -> Any:
    """Call an operation on a role or a user; `holder`, `role` or `user`, replaces `{}` in `operation`."""
    method = getattr(aws.client("iam"), operation.format(holder))
    return method(**{f"{holder.title()}Name": name}, **arguments)


def boundary_argument(inputs: Properties) -> dict[str, str]:
    """Return the argument of CreateRole or CreateUser."""
    boundary = inputs["permissionsBoundary"]
    return {"PermissionsBoundary": boundary} if boundary else {}


def boundary_of(found: Mapping[str, Any]) -> str:
    return str(found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""))


def set_boundary(aws: Aws, holder: str, name: str, boundary: str) -> None:
    if boundary:
        call(aws, "put_{}_permissions_boundary", holder, name, PermissionsBoundary=boundary)
    else:
        call(aws, "delete_{}_permissions_boundary", holder, name)


def set_tags(iam: Any, kind: str, identifier: Mapping[str, str], old: Properties, new: Properties) -> None:
    changed, removed = tag_changes(old, new)
    if removed:
        getattr(iam, f"untag_{kind}")(**identifier, TagKeys=removed)
    if changed:
        getattr(iam, f"tag_{kind}")(**identifier, Tags=tag_list(changed))


def tag_list(tags: Properties) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_map(found: Properties) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}


def timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def compact(document: Any) -> str:
    """Return the text of a document, which boto3 returns parsed."""
    return json.dumps(document, separators=(",", ":"))
