"""`port-byollm:index:Ownership`: what one stack manages in its organisation. Its id is `ownership`.

An organisation has one registration of each provider and one default, and two stacks that both write them
undo each other's work. Neither has a field for an owner in Port. So each thing that is managed has a secret
beside it, `port-byollm-owner-<thing>`: its value is nothing, its description names the owner. Port refuses a
second secret of the same name, so of two stacks that come at once one wins.

A program makes it before everything else, in AWS too, and has everything depend on it: then a second owner,
credentials of another organisation or those of a member fail before anything was written. It asks Port at its
creation, and again where its inputs or the credentials have changed since: `check` puts a fingerprint of them
(no secret) among the inputs. An update that changes nothing therefore asks nothing, and needs no credentials.

All claims are looked at before the first is written. One that carries the owner's mark was made by an update
that was killed; one that carries the mark of the owner in the state is of this stack before it was renamed.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
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

from port_byollm.plugin.connection import Connection
from port_byollm.plugin.resource import Problems, Resource, differences, type_problems
from port_byollm.plugin.serving import DiffRequestWithInputs, PluginError, UpdateRequestWithInputs
from port_byollm.plugin.target import Target
from port_byollm.plugin.values import plain, wrap

if TYPE_CHECKING:
    from port_byollm.client.secrets import Secrets

ID = "ownership"
_SECRET = "port-byollm-owner-{}"  # noqa: S105  a name
_VALUE = "Not a secret: see the description."
_THING = re.compile(r"[a-z0-9-]{1,60}", re.ASCII)
_LONGEST_OWNER = 160
_MARK = re.compile(r"\AManaged by port-byollm: (?P<owner>.*) \[port-byollm:(?P<mark>[0-9a-f]{16})\]\Z")


class Ownership(Resource):
    token = "port-byollm:index:Ownership"  # noqa: S105  a type token
    required = frozenset({"owner", "manages"})
    optional = frozenset()

    def __init__(self, connection: Connection, target: Target) -> None:
        super().__init__(connection)
        self._target = target

    async def check_values(self, request: CheckRequest, news: Mapping[str, Any], problems: Problems) -> None:
        type_problems(news, problems, {"owner": str, "manages": list})
        if isinstance(owner := news.get("owner"), str) and not 0 < len(owner) <= _LONGEST_OWNER:
            problems.add("owner", f"has {len(owner)} characters; give 1 to {_LONGEST_OWNER}")
        for thing in news["manages"] if isinstance(news.get("manages"), list) else ():
            if isinstance(thing, str) and not _THING.fullmatch(thing):
                problems.add("manages", f"names {thing!r}: 1 to 60 of the characters a-z 0-9 -")

    def complete(self, request: CheckRequest, news: Mapping[str, Any]) -> dict[str, PropertyValue]:
        # Without credentials there is nothing to find out about them.
        fingerprint = self._connection.fingerprint() or plain(request.old_inputs).get("credentials")
        return {**request.new_inputs, **({"credentials": wrap(fingerprint)} if fingerprint else {})}

    async def obstacle(self, request: CreateRequest | UpdateRequest) -> str:
        if isinstance(request, UpdateRequest):
            return await self._conflict(plain(request.news), plain(request.olds)["owner"])
        inputs = plain(request.properties)
        return await self._conflict(inputs, inputs["owner"])

    async def diff(self, request: DiffRequestWithInputs) -> DiffResponse:
        return differences(
            plain(request.old_state), plain(request.new_inputs), ("owner", "manages", "credentials")
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        inputs = plain(request.properties)
        if request.preview:
            return CreateResponse(ID, request.properties)
        await self._claim(inputs, inputs["owner"])
        return CreateResponse(ID, await self._outputs(request.properties))

    async def read(self, request: ReadRequest) -> ReadResponse:
        if not request.properties:
            raise PluginError("an ownership is not imported: `pulumi up` takes over what carries its mark")
        secrets, state = self._connection.port().secrets, plain(request.properties)
        held = [
            thing
            for thing in state["manages"]
            if _is_of(await _description(secrets, thing), [state["owner"]])
        ]
        return ReadResponse(ID, {**request.properties, "manages": wrap(held)}, request.inputs)

    async def update(self, request: UpdateRequestWithInputs) -> UpdateResponse:
        old, new = plain(request.olds), plain(request.news)
        if request.preview:
            return UpdateResponse(request.news)
        outputs = await self._outputs(request.news)
        before, now = old.get("organization"), plain(outputs).get("organization")
        if before != now:
            raise PluginError(
                f"what this stack has made is in Port's organization {before}, and the credentials are "
                f"of {now}; run `pulumi destroy` with credentials of {before} first, or use another stack"
            )
        await self._claim(new, old["owner"])
        await self._release(set(old["manages"]) - set(new["manages"]), [old["owner"], new["owner"]])
        return UpdateResponse(outputs)

    async def delete(self, request: DeleteRequest) -> None:
        state = plain(request.properties)
        await self._release(state["manages"], [state["owner"]])

    async def _outputs(self, inputs: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
        organization = await self._connection.port().organization.get()
        return {**inputs, "organization": wrap(organization.id or organization.name)}

    async def _claim(self, inputs: Mapping[str, Any], owner_before: str) -> None:
        from port_byollm.client.errors import Conflict

        if problem := await self._conflict(inputs, owner_before):
            raise PluginError(problem)
        secrets, text = self._connection.port().secrets, _text(inputs["owner"])
        found = {thing: await _description(secrets, thing) for thing in inputs["manages"]}
        if all(description == text for description in found.values()):
            await self._target.check_admin()  # which a claim would find out by itself
        for thing, description in found.items():
            if description is None:
                try:
                    await secrets.create(_SECRET.format(thing), _VALUE, text)
                except Conflict as error:  # somebody was faster
                    raise PluginError(await self._conflict(inputs, owner_before) or str(error)) from error
            elif description != text:
                await secrets.update(_SECRET.format(thing), None, text)

    async def _conflict(self, inputs: Mapping[str, Any], owner_before: str) -> str:
        """Which of the things are somebody else's already; empty where none is."""
        secrets, owner = self._connection.port().secrets, inputs["owner"]
        for thing in inputs["manages"]:
            description = await _description(secrets, thing)
            if description is not None and not _is_of(description, [owner, owner_before]):
                mark = _MARK.match(description)
                other = mark["owner"] if mark else "somebody who does not say who"
                return (
                    f"{thing} of this organization is managed by {other}, and {owner} would be its second "
                    f"owner; leave {thing} out of byollm:target.manages in one of the two. If that owner is "
                    f"gone for good, delete the secret {_SECRET.format(thing)} in Port"
                )
        return ""

    async def _release(self, things: Iterable[str], owners: Iterable[str]) -> None:
        """Give up what is still marked with one of the owners."""
        secrets, owners = self._connection.port().secrets, [*owners]
        for thing in things:
            if _is_of(await _description(secrets, thing), owners):
                await secrets.delete(_SECRET.format(thing))


async def _description(secrets: "Secrets", thing: str) -> str | None:
    """What is written on the claim; None where there is none."""
    found = await secrets.get(_SECRET.format(thing))
    return None if found is None else found.description or ""


def _text(owner: str) -> str:
    return f"Managed by port-byollm: {owner} [port-byollm:{_mark(owner)}]"


def _mark(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()[:16]


def _is_of(description: str | None, owners: Iterable[str]) -> bool:
    mark = _MARK.match(description or "")
    return mark is not None and mark["mark"] in map(_mark, owners)
