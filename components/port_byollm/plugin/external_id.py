"""`port-byollm:index:ExternalId`: a random value for `sts:ExternalId`, kept in the state as a secret.

`check` generates the value, so that the trust policy is known at preview. It uses the operating system's
CSPRNG: the engine's random seed would make it repeatable, but a saved plan contains the seed in plain text.
The value is copied from the old inputs while `rotation` stays the same.

Port never returns the value, but the trust policy of the role that requires it contains it. An external ID
from elsewhere is therefore imported by that role's ARN, and counts as rotation "1".

`check` cannot see which value Port uses, and until a rotation is complete, it is an older one. A rotation
therefore removes no value, and overwrites none in Port, because each value has its own `generation`. Only
`keepPrevious: false` removes the earlier values, for good, and only if Port's registration names the secret
with the current value, which `update` checks.
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

_MOST_PREVIOUS = 3  # every accepted value is one more that can leak
_PROVIDER = "bedrock"  # the only provider with an external ID
_TYPES = {"rotation": str, "keepPrevious": bool, "secretName": str}
IMPORTED_ROTATION = "1"
"""Rotation of an imported value; a program with another rotation generates a new value at once."""


class ExternalId(Resource):
    token = "port-byollm:index:ExternalId"  # noqa: S105  a type token
    required = frozenset({"rotation"})
    optional = frozenset(_TYPES) - required

    async def check(self, request: CheckRequest) -> CheckResponse:
        # An import checks the result of `read`, which has more properties than a program may set.
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
                "is false while rotation changes: Port sends the old value until it has the new one, and its "
                "requests would fail. Set it to true for this update, and to false in a later one",
            )
        if len(old.get("previous", ())) >= _MOST_PREVIOUS:
            problems.add(
                "rotation",
                f"changes again while {_MOST_PREVIOUS} earlier values are accepted, any of which Port "
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
            # Newest first. Empty rather than absent or null, which counts as unknown at preview.
            "previous": wrap(previous, secret=True),
            "generation": wrap(generation),
        }

    async def diff(self, request: DiffRequestWithInputs) -> DiffResponse:
        # `keepPrevious` counts only by its effect on `previous`; `secretName` is used only by a check.
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
            await self._require_in_use(inputs)
        return UpdateResponse(_outputs(request.news))

    async def _require_in_use(self, inputs: Mapping[str, Any]) -> None:
        """Raise PluginError if Port's registration names the secret of another value than the current one."""
        if inputs.get("secretName") is None:
            return
        current = numbered(inputs["secretName"], inputs["generation"])
        registration = await self._connection.port().llm_providers.get(_PROVIDER)
        used = registration.config.get("externalIdSecretName") if registration else None
        if used not in (None, current):
            raise PluginError(
                f"keepPrevious is false, but the registration of {_PROVIDER} in Port still takes the "
                f"external ID from the secret {used} instead of {current}: its requests would fail. Run "
                "`pulumi up` with keepPrevious: true until it succeeds, then once more with false"
            )

    async def delete(self, request: DeleteRequest) -> None:
        """Do nothing: the value exists only in the state."""


def _outputs(inputs: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    return {key: value for key, value in inputs.items() if key not in ("keepPrevious", "secretName")}


def _with_secrets(properties: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    return {
        key: wrap(value, secret=True) if key in ("value", "previous") else value
        for key, value in properties.items()
    }


def _new_value() -> str:
    """Return 256 random bits as a valid external ID (AWS: 2 to 1,224 characters of [\\w+=,.@:/-])."""
    return secrets.token_urlsafe(32)
