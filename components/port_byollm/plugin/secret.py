"""`port-byollm:index:Secret`: an organization secret in Port. Its id is its name.

Port never returns a value, so this resource uses other means:

* Ownership: a secret created here has a marker at the end of its description, hidden from programs. An
  existing secret with this resource's marker comes from a killed update.
* Drift: if Port's `updatedAt` differs from that of the last update, the state gets an empty value, which no
  input can equal, so that the next update writes the program's value again.
* Import: the state has no value. The program's value is assumed to be Port's, so that the update after an
  import is a no-op, and is written when it changes.
"""

import hashlib
import re
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

from port_byollm.plugin.resource import (
    Problems,
    Resource,
    Urn,
    differences,
    import_command,
    marked_like,
    type_problems,
    without_nulls,
)
from port_byollm.plugin.serving import DiffRequestWithInputs, PluginError, UpdateRequestWithInputs
from port_byollm.plugin.values import UNKNOWN, plain, wrap

_MARKER = re.compile(r"\s?\[port-byollm:[0-9a-f]{16}\]\Z")
_CHANGED_ELSEWHERE = ""


class Secret(Resource):
    token = "port-byollm:index:Secret"  # noqa: S105  a type token
    required = frozenset({"secretName", "secretValue"})
    optional = frozenset({"description", "adopt"})

    def _may_miss(self, key: str, request: CheckRequest) -> bool:
        # True for an imported secret, which the engine checks with the inputs from `read`.
        return key == "secretValue" and bool(request.old_inputs) and key not in request.old_inputs

    async def check_values(self, request: CheckRequest, news: Mapping[str, Any], problems: Problems) -> None:
        from port_byollm.client.wire import DESCRIPTION_LENGTH, secret_name

        types = {"secretName": str, "secretValue": str, "description": str, "adopt": bool}
        type_problems(news, problems, types)
        if isinstance(name := news.get("secretName"), str):
            try:
                secret_name(name)
            except ValueError as error:
                problems.add("secretName", str(error))
        if news.get("secretValue") == "":
            problems.add("secretValue", "is empty")
        room = DESCRIPTION_LENGTH - len(marked("", request.urn)) - 1
        if isinstance(text := news.get("description"), str) and len(text) > room:
            problems.add("description", f"has {len(text)} characters; there is room for {room}")

    def complete(self, request: CheckRequest, news: Mapping[str, Any]) -> dict[str, PropertyValue]:
        inputs = dict(request.new_inputs)
        if "secretValue" in inputs:
            inputs["secretValue"] = wrap(inputs["secretValue"], secret=True)
        return inputs

    async def diff(self, request: DiffRequestWithInputs) -> DiffResponse:
        old, new = plain(request.old_state), plain(request.new_inputs)
        old["secretValue"] = _value_in_port(old, plain(request.old_inputs), new)
        return differences(old, new, ("secretName", "secretValue", "description"), replacing=["secretName"])

    async def create(self, request: CreateRequest) -> CreateResponse:
        inputs = plain(request.properties)
        name, description = inputs["secretName"], inputs.get("description")
        if request.preview:
            known = "" if name is UNKNOWN else name
            return CreateResponse(known, _outputs(request.properties, UNKNOWN))
        secrets = self._connection.port().secrets
        text = marked(description or "", request.urn)
        found = await secrets.get(name)
        if found is None:
            await secrets.create(name, inputs["secretValue"], text)
        elif inputs.get("adopt") or _is_marked(found.description, request.urn):
            await secrets.update(name, inputs["secretValue"], text)
        else:
            raise PluginError(
                f"a secret {name} is in Port already and was not created by this resource. Import it with "
                f"`{import_command(request.urn, name)}`, which leaves its value alone; or "
                "set adopt to overwrite its value; or choose another secretName"
            )
        return CreateResponse(name, _outputs(request.properties, await self._updated_at(name)))

    async def _updated_at(self, name: str) -> str | None:
        found = await self._connection.port().secrets.get(name)
        return found.updated_at if found else None

    async def read(self, request: ReadRequest) -> ReadResponse:
        found = await self._connection.port().secrets.get(request.resource_id)
        if found is None:
            return ReadResponse(resource_id="")
        remote = {"secretName": request.resource_id, "description": unmarked(found.description) or None}
        outputs = {
            **request.properties,
            **{key: marked_like(value, request.properties.get(key)) for key, value in remote.items()},
        }
        inputs = {
            **request.inputs,
            **{key: marked_like(value, request.inputs.get(key)) for key, value in remote.items()},
        }
        changed = plain(request.properties).get("updatedAt") != found.updated_at
        for properties in (outputs, inputs):
            if "secretValue" in properties:
                properties["secretValue"] = wrap(properties["secretValue"], secret=True)
        if changed and "secretValue" in outputs:
            outputs["secretValue"] = wrap(_CHANGED_ELSEWHERE, secret=True)
        outputs["updatedAt"] = wrap(found.updated_at)
        return ReadResponse(request.resource_id, without_nulls(outputs), without_nulls(inputs))

    async def update(self, request: UpdateRequestWithInputs) -> UpdateResponse:
        old, new = plain(request.olds), plain(request.news)
        known = _value_in_port(old, plain(request.old_inputs), new)
        if request.preview:
            return UpdateResponse(_outputs(request.news, UNKNOWN))
        value = new["secretValue"] if new["secretValue"] != known else None
        text = marked(new.get("description") or "", request.urn)
        await self._connection.port().secrets.update(request.resource_id, value, text)
        outputs = _outputs(request.news, await self._updated_at(request.resource_id))
        if value is None and "secretValue" not in old:
            del outputs["secretValue"]  # imported, and its value is still unknown
        return UpdateResponse(outputs)

    async def delete(self, request: DeleteRequest) -> None:
        await self._connection.port().secrets.delete(request.resource_id)


def _value_in_port(old: Mapping[str, Any], old_inputs: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
    """Return the value that Port presumably has: the state's or, after an import, the program's last one."""
    if "secretValue" in old:
        return old["secretValue"]
    return old_inputs.get("secretValue", new.get("secretValue"))


def _outputs(inputs: Mapping[str, PropertyValue], updated_at: Any) -> dict[str, PropertyValue]:
    outputs = {key: value for key, value in inputs.items() if key != "adopt"}
    if "secretValue" in outputs:
        outputs["secretValue"] = wrap(outputs["secretValue"], secret=True)
    outputs["updatedAt"] = wrap(updated_at)
    return without_nulls(outputs)


def marked(description: str, urn: str) -> str:
    """Return `description` with the marker of `urn`, which depends on its project, stack and name."""
    parts = Urn(urn)
    owner = hashlib.sha256(f"{parts.project}/{parts.stack}/{parts.name}".encode()).hexdigest()[:16]
    return f"{description} [port-byollm:{owner}]".lstrip()


def unmarked(description: str | None) -> str:
    """Return `description` without the marker."""
    return _MARKER.sub("", description or "")


def _is_marked(description: str | None, urn: str) -> bool:
    return (description or "").endswith(marked("", urn))
