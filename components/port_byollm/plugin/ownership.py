"""`port-byollm:index:Ownership`: what one stack manages in its organization, which is also its id.

An organization has one registration of each provider and one default, so two stacks that both write them
would undo each other's work. Each managed thing therefore has a secret as its claim (`port_byollm/mark.py`):
its value means nothing, and its description names the owner. If two stacks create it at once, one wins.

A program creates this resource before everything else, including in AWS, and makes everything depend on it.
A second owner, credentials of another organization and a member's credentials then fail before anything is
written. It calls Port at creation, and when its inputs or the credentials have changed: `check` adds a
fingerprint of the credentials (not a secret) to the inputs. A no-op update calls nothing and needs no
credentials.

All claims are read before the first is written. A claim with the owner's mark comes from a killed update. A
claim with the mark of the owner in the state comes from this stack before a rename.

Changing `manages` is a replacement: the engine deletes the replaced resource after everything that depends on
it, so that nobody can claim a thing that this stack has not removed yet.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffResponse,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)

from port_byollm.mark import LONGEST_OWNER, is_of, mark, owner_in, secret_name
from port_byollm.plugin.connection import Connection
from port_byollm.plugin.resource import Problems, Resource, differences, type_problems
from port_byollm.plugin.serving import DiffRequestWithInputs, PluginError, UpdateRequestWithInputs
from port_byollm.plugin.target import Target
from port_byollm.plugin.values import has_unknown, plain, wrap

if TYPE_CHECKING:
    from port_byollm.client.secrets import Secrets

_VALUE = "Not a secret: see the description."
_THING = re.compile(r"[a-z0-9-]{1,60}", re.ASCII)


class Ownership(Resource):
    token = "port-byollm:index:Ownership"  # noqa: S105  a type token
    required = frozenset({"owner", "manages"})
    optional = frozenset()

    def __init__(self, connection: Connection, target: Target) -> None:
        super().__init__(connection)
        self._target = target
        # In this run: what the program still manages, and the old state by URN.
        self._wanted: set[str] = set()
        self._before: dict[str, Mapping[str, Any]] = {}

    async def check_values(self, request: CheckRequest, news: Mapping[str, Any], problems: Problems) -> None:
        type_problems(news, problems, {"owner": str, "manages": list})
        if isinstance(owner := news.get("owner"), str):
            if not 0 < len(owner) <= LONGEST_OWNER:
                problems.add("owner", f"has {len(owner)} characters; give 1 to {LONGEST_OWNER}")
            elif not owner.isprintable():
                problems.add("owner", f"is {owner!r}, which is not one line of printable characters")
        for thing in news["manages"] if isinstance(news.get("manages"), list) else ():
            if isinstance(thing, str) and not _THING.fullmatch(thing):
                problems.add("manages", f"names {thing!r}: 1 to 60 of the characters a-z 0-9 -")

    def complete(self, request: CheckRequest, news: Mapping[str, Any]) -> dict[str, PropertyValue]:
        if not has_unknown(news["manages"]):
            self._wanted.update(news["manages"])
        # Without credentials, the old fingerprint stays.
        fingerprint = self._connection.fingerprint() or plain(request.old_inputs).get("credentials")
        return {**request.new_inputs, **({"credentials": wrap(fingerprint)} if fingerprint else {})}

    async def obstacle(self, request: CreateRequest | UpdateRequest) -> str:
        news = request.properties if isinstance(request, CreateRequest) else request.news
        return await self._conflict(plain(news), self._before.get(request.urn, {}))

    async def diff(self, request: DiffRequestWithInputs) -> DiffResponse:
        old = self._before[request.urn] = plain(request.old_state)
        keys = ("owner", "manages", "credentials")
        return differences(old, plain(request.new_inputs), keys, replacing=["manages"])

    async def create(self, request: CreateRequest) -> CreateResponse:
        resource_id = ",".join(map(str, plain(request.properties)["manages"])) or "nothing"
        if request.preview:
            return CreateResponse(resource_id, request.properties)
        return CreateResponse(resource_id, await self._claimed(request.urn, request.properties))

    async def read(self, request: ReadRequest) -> ReadResponse:
        if not request.properties:
            raise PluginError(
                "an Ownership cannot be imported: `pulumi up` takes over the claims with its mark"
            )
        secrets, state = self._connection.port().secrets, plain(request.properties)
        held = [
            thing for thing in state["manages"] if is_of(await _description(secrets, thing), [state["owner"]])
        ]
        outputs = {**request.properties, "manages": wrap(held)}
        return ReadResponse(request.resource_id, outputs, request.inputs)

    async def update(self, request: UpdateRequestWithInputs) -> UpdateResponse:
        if request.preview:
            return UpdateResponse(request.news)
        return UpdateResponse(await self._claimed(request.urn, request.news))

    async def delete(self, request: DeleteRequest) -> None:
        secrets, state = self._connection.port().secrets, plain(request.properties)
        for thing in set(state["manages"]) - self._wanted:
            if is_of(await _description(secrets, thing), [state["owner"]]):
                await secrets.delete(secret_name(thing))

    async def _claimed(self, urn: str, inputs: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
        """Claim what the stack manages, and return the outputs."""
        before = self._before.get(urn, {})
        organization = await self._connection.port().organization.get()
        now = organization.id or organization.name
        if before.get("organization", now) != now:
            raise PluginError(
                f"this stack's resources are in Port's organization {before['organization']}, but the "
                f"credentials are of {now}; run `pulumi destroy` with credentials of "
                f"{before['organization']} first, or use another stack"
            )
        await self._claim(plain(inputs), before)
        return {**inputs, "organization": wrap(now)}

    async def _claim(self, inputs: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        from port_byollm.client.errors import Conflict

        if problem := await self._conflict(inputs, before):
            raise PluginError(problem)
        secrets, text = self._connection.port().secrets, mark(inputs["owner"])
        found = {thing: await _description(secrets, thing) for thing in inputs["manages"]}
        if all(description == text for description in found.values()):
            await self._target.check_admin()  # otherwise, writing a claim checks it
        for thing, description in found.items():
            if description is None:
                try:
                    await secrets.create(secret_name(thing), _VALUE, text)
                except Conflict as error:  # another stack was faster
                    raise PluginError(await self._conflict(inputs, before) or str(error)) from error
            elif description != text:
                await secrets.update(secret_name(thing), None, text)

    async def _conflict(self, inputs: Mapping[str, Any], before: Mapping[str, Any]) -> str:
        """Return the problem with a claim of another owner; empty if there is none."""
        secrets, owner = self._connection.port().secrets, inputs["owner"]
        for thing in inputs["manages"]:
            description = await _description(secrets, thing)
            if description is not None and not is_of(description, [owner, before.get("owner", owner)]):
                return (
                    f"{thing} of this organization is managed by {owner_in(description)}, and {owner} would "
                    f"be its second owner; leave {thing} out of byollm:target.manages in one of the two. If "
                    f"that owner is gone for good, delete the secret {secret_name(thing)} in Port"
                )
        return ""


async def _description(secrets: "Secrets", thing: str) -> str | None:
    """Return the claim's description, or None without a claim."""
    found = await secrets.get(secret_name(thing))
    return None if found is None else found.description or ""
