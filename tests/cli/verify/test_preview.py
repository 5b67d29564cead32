"""What a preview knows of a connection, and how it comes to the command; without an engine."""

import json
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import PolicyCustomTimeouts, PolicyResource, PolicyResourceOptions
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from port_byollm.cli.stack.stack import Stack
from port_byollm.cli.verify.analyzer import connection, identities
from port_byollm.cli.verify.handover import Planned, PlannedConnection, PlannedPolicy, hand_over, preview
from port_byollm.errors import PortByollmError
from port_byollm_policies.stack import Stack as Resources

from .conftest import EXTERNAL_ID, REGION, ROLE_ARN, SONNET, allowing, invoke_policy, trust_policy

LATER = UNKNOWN_STRING_VALUE
OPTIONS = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
ATTACHED = PlannedPolicy("an attached policy", None)
RunPack = Callable[[Path], list[str] | None]
"""Runs the policy pack of a folder; what it returns is what the engine says is wrong."""
MadeOf = Mapping[str, Sequence[PolicyResource]]


def resource(
    kind: str, props: Mapping[str, Any], made_of: MadeOf | None = None, name: str = "one"
) -> PolicyResource:
    dependencies = {key: [*value] for key, value in (made_of or {}).items()}
    urn = f"urn:pulumi:prod::program::{kind}::{name}"
    return PolicyResource(
        kind, unknown_checking_proxy({**props}), urn, name, OPTIONS, None, None, [], dependencies
    )


def role(**props: Any) -> PolicyResource:
    given = {"name": "gateway", "path": "/", "assumeRolePolicy": json.dumps(trust_policy(EXTERNAL_ID))}
    return resource("aws:iam/role:Role", given | props)


def policy(name: str, document: object) -> PolicyResource:
    text = document if isinstance(document, str) else json.dumps(document)
    return resource("aws:iam/policy:Policy", {"name": name, "policy": text, "arn": LATER}, name=name)


def attached(owner: PolicyResource, held: PolicyResource | str) -> PolicyResource:
    kind = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    if isinstance(held, str):
        return resource(kind, {"role": "gateway", "policyArn": held})
    made_of = {"role": [owner], "policyArn": [held]}
    return resource(kind, {"role": LATER, "policyArn": LATER}, made_of, name=held.name)


def external_id(previous: object = ()) -> list[PolicyResource]:
    value = resource(
        "port-byollm:index:ExternalId",
        {"value": EXTERNAL_ID, "previous": [*previous] if isinstance(previous, tuple) else previous},
    )
    secret = resource("port-byollm:index:Secret", {"secretName": "ID", "secretValue": EXTERNAL_ID})
    return [value, secret]


def registration(owner: PolicyResource | None = None, **config: Any) -> PolicyResource:
    given = {"roleArn": LATER, "externalIdSecretName": "ID", "region": REGION} | config
    models = {SONNET: True, "claude-sonnet-4-20250514": False}
    made_of = {"config": [owner]} if owner else {}
    props = {"provider": "bedrock", "config": given, "models": models}
    return resource("port-byollm:index:LlmProvider", props, made_of)


def planned(*resources: PolicyResource) -> PlannedConnection:
    stack = Resources(resources)
    found = connection(stack)
    assert found is not None
    plan = Planned(found, identities(stack))
    assert Planned.from_json(plan.to_json()) == plan
    return found


def test_what_is_known_before_anything_exists() -> None:
    gateway, invoke = role(), policy("invoke", invoke_policy())

    found = planned(gateway, invoke, attached(gateway, invoke), *external_id(("old",)), registration(gateway))

    assert found.config == {"roleArn": None, "externalIdSecretName": "ID", "region": REGION}
    assert found.models == [SONNET]
    assert (found.external_id, found.previous) == (EXTERNAL_ID, ["old"])
    assert found.identity is not None
    assert (found.identity.kind, found.identity.name) == ("role", "gateway")
    assert json.loads(found.identity.trust_policy or "") == trust_policy(EXTERNAL_ID)
    assert [one.name for one in found.identity.policies] == ["invoke"]
    assert (found.identity.boundary, found.identity.elsewhere) == (None, [])
    assert EXTERNAL_ID not in repr(found)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"assumeRolePolicy": LATER}, {"trust_policy": None}),
        ({"name": LATER}, {"name": None}),
        ({"permissionsBoundary": LATER}, {"boundary": PlannedPolicy("the permissions boundary", None)}),
        (
            {"permissionsBoundary": "arn:aws:iam::111122223333:policy/edge"},
            {"boundary_elsewhere": "arn:aws:iam::111122223333:policy/edge"},
        ),
        ({"managedPolicyArns": [LATER]}, {"policies": [PlannedPolicy("an attached policy", None)]}),
        (
            {"inlinePolicies": [{"name": "in", "policy": LATER}]},
            {"policies": [PlannedPolicy("an attached policy", None)]},
        ),
    ],
)
def test_what_is_not_known_yet_of_a_role(given: dict[str, Any], expected: dict[str, Any]) -> None:
    gateway = role(**given)

    identity = planned(gateway, registration(gateway)).identity

    assert identity is not None
    for name, value in expected.items():
        assert getattr(identity, name) == value, name


def test_a_policy_that_is_not_known_yet_and_one_from_elsewhere() -> None:
    gateway, later = role(), policy("later", LATER)
    readonly = "arn:aws:iam::aws:policy/ReadOnlyAccess"

    identity = planned(
        gateway, later, attached(gateway, later), attached(gateway, readonly), registration(gateway)
    ).identity

    assert identity is not None
    assert [one.document for one in identity.policies] == [None]
    assert identity.elsewhere == [readonly]


def test_a_boundary_of_the_stack() -> None:
    edge = policy("edge", allowing("bedrock:*"))
    gateway = resource(
        "aws:iam/role:Role",
        {"name": "gateway", "assumeRolePolicy": "{}", "permissionsBoundary": LATER},
        {"permissionsBoundary": [edge]},
    )

    identity = planned(gateway, edge, registration(gateway)).identity

    assert identity is not None
    assert identity.boundary == PlannedPolicy("edge", json.dumps(allowing("bedrock:*")))


def test_the_user_behind_an_access_key() -> None:
    user = resource("aws:iam/user:User", {"name": "gateway"})
    key = resource("aws:iam/accessKey:AccessKey", {"user": "gateway"}, {"user": [user]})
    secret = resource(
        "port-byollm:index:Secret", {"secretName": "key", "secretValue": LATER}, {"secretValue": [key]}
    )
    config = {"accessKeyIdSecretName": "key", "region": REGION}
    props = {"provider": "bedrock", "config": config, "models": {SONNET: True}}
    registered = resource("port-byollm:index:LlmProvider", props, {"config": [secret]})

    found = planned(role(), user, key, secret, registered)

    assert found.identity is not None
    assert (found.identity.kind, found.identity.trust_policy) == ("user", None)
    assert (found.external_id, found.previous) == (None, [])


def test_a_role_that_is_named_by_its_arn() -> None:
    named = planned(role(), registration(roleArn=ROLE_ARN))
    elsewhere = planned(role(name="another"), registration(roleArn=ROLE_ARN))

    assert named.identity is not None
    assert elsewhere.identity is None


def test_an_imported_secret_is_taken_for_the_external_id_that_it_is_given() -> None:
    [value, _] = external_id(("old",))
    given = resource("port-byollm:index:Secret", {"secretName": "ID"}, {"secretValue": [value]})

    found = planned(role(), registration(), value, given)

    assert (found.external_id, found.previous) == (EXTERNAL_ID, ["old"])


def test_external_ids_that_are_not_known_yet() -> None:
    assert planned(role(), registration(), *external_id(LATER)).previous == [None]
    assert planned(role(), registration(externalIdSecretName=LATER), *external_id()).external_id is None


def test_a_stack_without_bedrock() -> None:
    openai = resource("port-byollm:index:LlmProvider", {"provider": "openai", "config": {}})

    assert connection(Resources([role(), openai])) is None


@dataclass(frozen=True)
class Previewed(Stack):
    """A stack whose engine runs the policy pack of a folder in its own way."""

    run_pack: RunPack = field(kw_only=True)

    def preview_errors(self, *arguments: str) -> list[str]:
        option, pack = arguments
        assert option == "--policy-pack"
        return self.run_pack(Path(pack)) or []


def previewed(run: RunPack) -> Stack:
    return Previewed("prod", run_pack=run)


FOUND = Planned(planned(role(), registration(), *external_id()), identities(Resources([role()])))


def test_what_is_handed_over_arrives_and_leaves_nothing_behind() -> None:
    seen: list[Path] = []

    def run(pack: Path) -> None:
        seen.append(pack)
        assert stat.S_IMODE(pack.stat().st_mode) == 0o700
        before = {path.name: path.read_bytes() for path in pack.iterdir() if path.is_file()}
        hand_over(pack, FOUND.to_json().encode())
        assert {path.name: path.read_bytes() for path in pack.iterdir() if path.is_file()} == before

    assert preview(previewed(run)) == FOUND
    assert not seen[0].exists()


def test_a_message_longer_than_any_buffer_arrives() -> None:
    long = Planned(PlannedConnection({"region": "x" * 4_000_000}, [], None, None, []), [])

    assert preview(previewed(lambda pack: hand_over(pack, long.to_json().encode()))) == long


def test_a_temporary_folder_whose_path_is_too_long_for_a_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("x" * 90)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))

    assert preview(previewed(lambda pack: hand_over(pack, FOUND.to_json().encode()))) == FOUND


def test_an_update_that_connects_no_bedrock() -> None:
    nothing = Planned(None, [])

    assert preview(previewed(lambda pack: hand_over(pack, nothing.to_json().encode()))) == nothing


def test_an_engine_that_does_not_run_the_pack() -> None:
    with pytest.raises(PortByollmError, match="without running the policy pack"):
        preview(previewed(lambda pack: None))


def test_a_preview_that_fails_says_what_the_engine_said() -> None:
    with pytest.raises(PortByollmError, match="the stack prod cannot be previewed: no region; no model"):
        preview(previewed(lambda pack: ["no region", "no model"]))


def test_an_engine_that_does_not_preview_at_all() -> None:
    def fail(pack: Path) -> None:
        raise PortByollmError("`pulumi preview`: there is no passphrase")

    with pytest.raises(PortByollmError, match="there is no passphrase"):
        preview(previewed(fail))


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("port_byollm.cli.verify.handover.find_spec", lambda name: None)

    with pytest.raises(PortByollmError, match=r"pip install 'port-byollm\[policies\]'"):
        preview(previewed(lambda pack: None))


def test_what_the_program_leaves_out_of_a_role_is_not_unknown_nor_still_there() -> None:
    later = {"inlinePolicies": LATER, "managedPolicyArns": LATER}
    before = {"inlinePolicies": [], "managedPolicyArns": ["arn:aws:iam::111122223333:policy/no-more"]}
    for told in (later, before):
        one = role(**told)

        [left_out] = identities(Resources([one], {one.urn: ["assumeRolePolicy"]}))
        [declared] = identities(Resources([one], {one.urn: ["assumeRolePolicy", *told]}))

        assert (left_out.policies, left_out.elsewhere) == ([], [])
        assert declared.policies or declared.elsewhere
