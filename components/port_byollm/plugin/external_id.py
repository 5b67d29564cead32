"""`port-byollm:index:ExternalId`: a value for `sts:ExternalId`, made here and kept in the state as a secret.

The value is made in `check`, so that the trust policy is known at preview, and by the operating
system's CSPRNG: the engine's random seed would make it repeatable, but a saved plan holds the seed in
the clear. It is carried over from the old inputs while `rotation` stays the same.

Port never tells it, but the trust policy of a role that demands it does: so one that was not made here is
imported by that role's ARN, and counts as rotation "1".

Which value Port uses is not to be seen in `check`: while a rotation has not come to its end, it is an older
one. So a rotation forgets no value, and none is written over another one in Port, because each has a
`generation` of its own. Only `keepPrevious: false` forgets those before the present one, for good, and only
once Port's registration names the present one's secret: `update` asks it.
"""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CheckResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffResponse,
    ReadRequest,
    ReadResponse,
    UpdateResponse,
)

from port_byollm.numbered import numbered
from port_byollm.plugin.resource import Problems, Resource, Urn, differences, type_problems
from port_byollm.plugin.serving import DiffRequestWithInputs, PluginError, UpdateRequestWithInputs
from port_byollm.plugin.values import UNKNOWN, plain, wrap

_MOST_PREVIOUS = 3  # each one more that whoever has come by it may use
_PROVIDER = "bedrock"  # the one of Port's that takes an external ID
_TYPES = {"rotation": str, "keepPrevious": bool, "secretName": str}
IMPORTED_ROTATION = "1"
"""The rotation of an imported one; a program that says another makes a new value at once."""


class ExternalId(Resource):
    token = "port-byollm:index:ExternalId"  # noqa: S105  a type token
    required = frozenset({"rotation"})
    optional = frozenset(_TYPES) - required

    async def check(self, request: CheckRequest) -> CheckResponse:
        # An import checks what `read` gave, which has more than a program may say.
        if request.old_inputs and request.old_inputs == request.new_inputs:
            return CheckResponse(inputs=request.new_inputs)
        return await super().check(request)

    async def check_values(self, request: CheckRequest, news: Mapping[str, Any], problems: Problems) -> None:
        type_problems(news, problems, _TYPES)
        old = plain(request.old_inputs)
        before = old.get("rotation", news.get("rotation"))
        if news.get("rotation") in (before, UNKNOWN):
            return
        if news.get("keepPrevious") is False:
            problems.add(
                "keepPrevious",
                "is false while rotation changes: Port's requests come with the old value until it has the "
                "new one, and would fail. Set it to true for this update, and to false in a later one",
            )
        if len(old.get("previous", ())) >= _MOST_PREVIOUS:
            problems.add(
                "rotation",
                f"changes again while {_MOST_PREVIOUS} values from before are accepted, any of which Port "
                f"may use. Set it back to {before!r} and run `pulumi up` until it succeeds, then once more "
                "with keepPrevious: false",
            )

    def complete(self, request: CheckRequest, news: Mapping[str, Any]) -> dict[str, PropertyValue]:
        old, rotation = plain(request.old_inputs), news["rotation"]
        value, previous, generation = old.get("value"), old.get("previous", []), old.get("generation", 0)
        if value is None:
            value = _new_value()
        elif rotation is UNKNOWN:
            value = previous = generation = UNKNOWN
        elif rotation != old["rotation"]:
            value, previous, generation = _new_value(), [value, *previous], generation + 1
        keep = news.get("keepPrevious")
        if keep is False:
            previous = []
        elif keep is UNKNOWN and previous:
            previous = UNKNOWN
        return {
            **request.new_inputs,
            "value": wrap(value, secret=True),
            # Newest first. Empty where there is none: at preview, what is absent or null counts as unknown.
            "previous": wrap(previous, secret=True),
            "generation": wrap(generation),
        }

    async def diff(self, request: DiffRequestWithInputs) -> DiffResponse:
        # Of `keepPrevious` only the effect counts, and `secretName` is but asked after.
        keys = ("rotation", "value", "previous", "generation")
        return differences(plain(request.old_state), plain(request.new_inputs), keys)

    async def create(self, request: CreateRequest) -> CreateResponse:
        return CreateResponse(Urn(request.urn).name, _outputs(request.properties))

    async def read(self, request: ReadRequest) -> ReadResponse:
        if not request.properties:
            return await self._imported(request)
        return ReadResponse(
            request.resource_id, _with_secrets(request.properties), _with_secrets(request.inputs)
        )

    async def _imported(self, request: ReadRequest) -> ReadResponse:
        from port_byollm.plugin.trusted_external_id import trusted_external_id

        value = await asyncio.to_thread(trusted_external_id, request.resource_id)
        properties = {
            "rotation": wrap(IMPORTED_ROTATION),
            "value": wrap(value, secret=True),
            "previous": wrap([], secret=True),
            "generation": wrap(0),
        }
        return ReadResponse(Urn(request.urn).name, properties, properties)

    async def update(self, request: UpdateRequestWithInputs) -> UpdateResponse:
        inputs = plain(request.news)
        if not request.preview and plain(request.olds).get("previous") and not inputs["previous"]:
            await self._see_that_port_uses(inputs)
        return UpdateResponse(_outputs(request.news))

    async def _see_that_port_uses(self, inputs: Mapping[str, Any]) -> None:
        """Raises PluginError where Port's registration names the secret of another value than the present."""
        if inputs.get("secretName") is None:
            return
        present = numbered(inputs["secretName"], inputs["generation"])
        registration = await self._connection.port().llm_providers.get(_PROVIDER)
        used = registration.config.get("externalIdSecretName") if registration else None
        if used not in (None, present):
            raise PluginError(
                f"keepPrevious is false, and the registration of {_PROVIDER} in Port still takes the "
                f"external ID from the secret {used} instead of {present}: its requests would fail. Run "
                "`pulumi up` with keepPrevious: true until it succeeds, then once more with false"
            )

    async def delete(self, request: DeleteRequest) -> None:
        """There is nothing outside the state."""


def _outputs(inputs: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    return {key: value for key, value in inputs.items() if key not in ("keepPrevious", "secretName")}


def _with_secrets(properties: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    return {
        key: wrap(value, secret=True) if key in ("value", "previous") else value
        for key, value in properties.items()
    }


def _new_value() -> str:
    """256 bits, in characters that AWS allows in an external ID ([\\w+=,.@:/-], 2 to 1,224 of them)."""
    return secrets.token_urlsafe(32)
