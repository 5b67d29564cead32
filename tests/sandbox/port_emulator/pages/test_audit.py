import httpx
import pytest

from port_byollm_sandbox.port_emulator.pages.audit import PAGE, Change, changes
from port_byollm_sandbox.port_emulator.store.audit import AuditEntry

API = "/v1/organization/secrets"


async def test_says_who_did_what_and_what_was_there_before(
    admin: httpx.AsyncClient, member: httpx.AsyncClient, admin_browser: httpx.AsyncClient
) -> None:
    await admin.post(API, json={"secretName": "key", "secretValue": "canary", "description": "old"})
    await admin.patch(f"{API}/key", json={"description": "new"})
    await member.delete(f"{API}/key")
    text = (await admin_browser.get("/ui/audit")).text
    assert '<del><span class="hidden">before: </span>old</del>' in text
    assert '<ins><span class="hidden">after: </span>new</ins>' in text
    assert "Refused" in text
    assert "You do not have permission to manage secrets" in text
    assert "member-id" in text
    assert "canary" not in text


async def test_other_organizations_are_not_in_it(
    anonymous: httpx.AsyncClient, admin_browser: httpx.AsyncClient
) -> None:
    await anonymous.post("/_emulator/organizations", json={"id": "globex"})
    assert "globex" not in (await admin_browser.get("/ui/audit")).text


async def test_pages_through(admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient) -> None:
    for number in range(PAGE):
        await admin.post(API, json={"secretName": f"s{number}", "secretValue": "v"})
    newest = (await admin_browser.get("/ui/audit")).text
    assert newest.count("<li value=") == PAGE
    assert "/ui/audit?before=2" in newest
    oldest = (await admin_browser.get("/ui/audit?before=2")).text
    assert oldest.count("<li value=") == 1
    assert "Older" not in oldest
    assert '<a href="/ui/audit">Newest</a>' in oldest


@pytest.mark.parametrize("before", ["0", "-1", "x", "٣", "9" * 5000, "%00", "1e3"])
async def test_an_odd_page_is_no_failure(admin_browser: httpx.AsyncClient, before: str) -> None:
    assert (await admin_browser.get(f"/ui/audit?before={before}")).status_code == 200


def test_only_what_differs_is_a_change() -> None:
    def entry(before: dict[str, object] | None, after: dict[str, object] | None) -> AuditEntry:
        return AuditEntry(1, "acme", "", None, None, "UPDATE", "llm-provider", "x", "SUCCESS", before, after)

    before = {"enabled": True, "config": {"region": "eu-west-1", "roleArn": "r"}, "overrides": None}
    after = {"enabled": False, "config": {"region": "eu-west-1"}, "overrides": {"gpt-5": True}}
    assert changes(entry(before, after)) == [
        Change("enabled", "true", "false"),
        Change("config.roleArn", "r", None),
        Change("overrides.gpt-5", None, "true"),
    ]
    assert changes(entry(None, {"a": "x"})) == [Change("a", None, "x")]
    assert changes(entry(None, None)) == []
