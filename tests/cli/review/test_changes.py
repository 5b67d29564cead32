"""How identities differ, and how that is told."""

import json
from dataclasses import replace
from typing import Any

from port_byollm.catalogue import GATEWAY_PRINCIPALS
from port_byollm.cli.review.changes import Change, changes
from port_byollm.cli.review.markdown import to_markdown
from port_byollm.cli.review.review import Review
from port_byollm.cli.review.state import identities_of
from port_byollm.cli.review.text import to_text
from port_byollm.cli.stack.stack import secret
from port_byollm.cli.verify.handover import PlannedIdentity, PlannedPolicy
from port_byollm.iam.difference import Difference
from port_byollm.iam.invoke_policy import pinned
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm_policies.report.outcome import Finding, Outcome

EU, US = GATEWAY_PRINCIPALS.values()
EXTERNAL_ID = "Z5ebYTtk7wXF-P0ABsZeH5D_wU5E3myiirJIn2DELuw"
TRUST = gateway_trust([EU], [EXTERNAL_ID]).to_json()
[_DOCUMENT] = pinned(["claude-sonnet-4-5-20250929"], "eu", "eu-west-1", "111111111111", None)
INVOKE = _DOCUMENT.to_json()
URN = "urn:pulumi:prod::program::aws:iam/role:Role::gateway"
ROLE = PlannedIdentity(URN, "role", "/", "gateway", TRUST, [PlannedPolicy("invoke", INVOKE)], None, [], None)
TRUST_OF, MAY_DO = "role gateway: who may assume it", "role gateway: what it may do"


def state() -> list[dict[str, Any]]:
    policy = "urn:pulumi:prod::program::aws:iam/policy:Policy::invoke"
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    role = {"name": "gateway", "path": "/", "assumeRolePolicy": secret(TRUST), "permissionsBoundary": ""}
    return [
        {"urn": URN, "type": "aws:iam/role:Role", "inputs": {}, "outputs": role},
        {
            "urn": policy,
            "type": "aws:iam/policy:Policy",
            "outputs": {"name": "invoke", "arn": "arn:aws:iam::111111111111:policy/invoke", "policy": INVOKE},
        },
        {
            "urn": f"urn:pulumi:prod::program::{attachment}::invoke",
            "type": attachment,
            "outputs": {"role": "gateway", "policyArn": "arn:aws:iam::111111111111:policy/invoke"},
            "propertyDependencies": {"role": [URN], "policyArn": [policy]},
        },
    ]


def test_a_state_is_read_as_a_preview_is() -> None:
    assert identities_of(state()) == [ROLE]


def test_what_a_replacement_has_left_is_not_what_the_stack_has() -> None:
    role, *others = state()
    old = {**role, "delete": True, "outputs": role["outputs"] | {"assumeRolePolicy": "{}"}}

    assert identities_of([role, *others, old]) == [ROLE]


def test_what_stays_is_no_change() -> None:
    assert changes([ROLE], [ROLE]) == []


def test_what_is_not_known_yet_is_said_and_not_compared() -> None:
    later = replace(ROLE, trust_policy=None, policies=[PlannedPolicy("invoke", None)])

    trust, permissions = changes([ROLE], [later])

    assert (trust.of, permissions.of) == (TRUST_OF, MAY_DO)
    [said] = trust.difference.others
    assert said.startswith("the trust policy is known only after")
    assert permissions.difference == Difference(others=("invoke is known only after the update",))


def test_policies_from_elsewhere_are_named() -> None:
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    bounded = replace(ROLE, elsewhere=[admin], boundary_elsewhere="arn:aws:iam::111111111111:policy/edge")

    [change] = changes([ROLE], [bounded])
    [back] = changes([bounded], [ROLE])

    assert change.difference.gained == (
        f"attached policy {admin}",
        "permissions boundary arn:aws:iam::111111111111:policy/edge",
    )
    assert back.difference.lost == change.difference.gained


def test_a_boundary_of_the_stack_counts() -> None:
    nothing = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})

    [change] = changes([ROLE], [replace(ROLE, boundary=PlannedPolicy("edge", nothing))])

    assert any(phrase.startswith("model anthropic.") for phrase in change.difference.lost)


def test_a_role_under_another_urn_is_another_one() -> None:
    found = changes([ROLE], [replace(ROLE, urn=f"{URN}-2")])

    assert [change.of for change in found] == [TRUST_OF, MAY_DO, TRUST_OF, MAY_DO]
    assert found[0].difference.lost == found[2].difference.gained


def reviewed(of: str = TRUST_OF, **outcome: Any) -> Review:
    change = Change(of, Difference((f"principal {US}",), (f"principal {EU}",), ("external ID changed",)))
    steps = [{"op": "same", "urn": "a"}, {"op": "update", "urn": URN}]
    return Review("prod", [change], None, Outcome("prod", passed={"models-named"}, **outcome), steps)


def test_the_text_tells_what_is_gained_and_lost() -> None:
    said = to_text(reviewed())

    assert f"{TRUST_OF}\n  + principal {US}\n  - principal {EU}\n  ! external ID changed\n" in said
    assert "Resources: 1 to update." in said


def test_the_comment_tells_the_same() -> None:
    said = to_markdown(reviewed())

    assert said.startswith("<!-- port-byollm review prod -->\n")
    assert f"diff\n@@ {TRUST_OF} @@\n+ principal {US}\n- principal {EU}\n! external ID changed\n" in said
    assert f"update {URN}" in said


def test_a_name_is_no_markup() -> None:
    finding = Finding("rule", URN, False, False, "```\n@everyone <img src=x>")

    said = to_markdown(reviewed("role x\n````````\n@everyone\x1b[31m", findings=[finding], errors=["<b>@me"]))

    outside, inside = [], False
    for line in said.splitlines():
        inside ^= line.startswith("`" * 8)
        outside += [] if inside else [line]
    assert not [line for line in outside if "@everyone" in line or "<img" in line or "<b>" in line]
    assert "\x1b" not in said


def test_the_exit_status_is_of_rules_and_proof() -> None:
    broken = Finding("models-named", URN, True, False, "names none")

    assert reviewed().exit_status == 0
    assert reviewed(findings=[broken]).exit_status == 1
    assert reviewed(errors=["preview failed"]).exit_status == 1
