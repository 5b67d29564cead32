"""A policy embedded in a role or a user."""

from typing import Any

import pytest

from .program import INLINE, ROLE, USER, USER_INLINE, document, trust


@pytest.mark.parametrize(
    ("holder", "kind", "inputs", "inline_kind"),
    [("role", ROLE, {"assumeRolePolicy": trust()}, INLINE), ("user", USER, {}, USER_INLINE)],
    ids=["role", "user"],
)
async def test_inline_policy_life(
    engine: Any, iam: Any, holder: str, kind: str, inputs: dict[str, Any], inline_kind: str
) -> None:
    def asked(operation: str, **arguments: str) -> Any:
        return getattr(iam, operation)(**{f"{holder.title()}Name": "gateway"}, **arguments)

    await engine.made(kind, {"name": "gateway", **inputs})
    inline = await engine.made(inline_kind, {holder: "gateway", "name": "extra", "policy": document()})
    assert inline.id == "gateway:extra"
    assert not (await inline.diff()).diffs
    await inline.update(policy=document("bedrock:Converse"))
    found = asked(f"get_{holder}_policy", PolicyName="extra")["PolicyDocument"]
    assert found == document("bedrock:Converse")
    assert list((await inline.diff(name="other")).replaces) == ["name"]
    await inline.delete()
    assert asked(f"list_{holder}_policies")["PolicyNames"] == []
    assert not await inline.refresh()
