"""`port-byollm:index:ExternalId`: a value for `sts:ExternalId`, made here and kept in the state as a secret.

The value is made in `check`, so that the trust policy is known at preview, and by the operating
system's CSPRNG: the engine's random seed would make it repeatable, but a saved plan holds the seed in
the clear. It is carried over from the old inputs while `rotation` stays the same. Nothing in Port or
AWS tells it, so it cannot be imported.

With `keepPrevious: false` the value before the last rotation is forgotten, for good.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffResponse,
    ReadRequest,
    ReadResponse,
    UpdateResponse,
)

from port_byollm.plugin.resource import Problems, Resource, Urn, differences, type_problems
from port_byollm.plugin.serving import DiffRequestWithInputs, PluginError, UpdateRequestWithInputs
from port_byollm.plugin.values import UNKNOWN, plain, wrap


class ExternalId(Resource):
    token = "port-byollm:index:ExternalId"  # noqa: S105  a type token
    required = frozenset({"rotation"})
    optional = frozenset({"keepPrevious"})

    async def check_values(self, request: CheckRequest, news: Mapping[str, Any], problems: Problems) -> None:
        type_problems(news, problems, {"rotation": str, "keepPrevious": bool})

    def complete(self, request: CheckRequest, news: Mapping[str, Any]) -> dict[str, PropertyValue]:
        old, rotation = plain(request.old_inputs), news["rotation"]
        value, previous, slot = old.get("value"), old.get("previous", ""), old.get("slot", 0)
        if value is None:
            value = _new_value()
        elif rotation is UNKNOWN:
            value = previous = slot = UNKNOWN
        elif rotation != old["rotation"]:
            value, previous, slot = _new_value(), value, 1 - slot
        keep = news.get("keepPrevious")
        if keep is False:
            previous = ""
        elif keep is UNKNOWN and previous:
            previous = UNKNOWN
        return {
            **request.new_inputs,
            "value": wrap(value, secret=True),
            # Empty where there is none: at preview, what is absent or null counts as unknown.
            "previous": wrap(previous, secret=True),
            "slot": wrap(slot),
        }

    async def diff(self, request: DiffRequestWithInputs) -> DiffResponse:
        # Of `keepPrevious` only the effect counts.
        keys = ("rotation", "value", "previous", "slot")
        return differences(plain(request.old_state), plain(request.new_inputs), keys)

    async def create(self, request: CreateRequest) -> CreateResponse:
        return CreateResponse(Urn(request.urn).name, _outputs(request.properties))

    async def read(self, request: ReadRequest) -> ReadResponse:
        if not request.properties:
            raise PluginError(
                "an ExternalId cannot be imported: nothing in Port or AWS tells its value. Let `pulumi up` "
                "make a new one; the trust policy and the secret in Port then follow it"
            )
        return ReadResponse(
            request.resource_id, _with_secrets(request.properties), _with_secrets(request.inputs)
        )

    async def update(self, request: UpdateRequestWithInputs) -> UpdateResponse:
        return UpdateResponse(_outputs(request.news))

    async def delete(self, request: DeleteRequest) -> None:
        """There is nothing outside the state."""


def _outputs(inputs: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    return {key: value for key, value in inputs.items() if key != "keepPrevious"}


def _with_secrets(properties: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    return {
        key: wrap(value, secret=True) if key in ("value", "previous") else value
        for key, value in properties.items()
    }


def _new_value() -> str:
    """256 bits, in characters that AWS allows in an external ID ([\\w+=,.@:/-], 2 to 1,224 of them)."""
    return secrets.token_urlsafe(32)
