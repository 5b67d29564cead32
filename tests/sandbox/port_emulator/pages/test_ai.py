import httpx
from tests.sandbox.port_emulator.bedrock import HAIKU, SONNET, overrides

DEFAULTS = "/v1/llm-providers/defaults"
CONFIG = {"roleArn": "arn:aws:iam::111122223333:role/port-byollm", "region": "eu-west-1"}


async def register(admin: httpx.AsyncClient, *models: str, enabled: bool = True, **config: str) -> None:
    body = {"config": CONFIG | config, "overrides": overrides(*models), "enabled": enabled}
    (await admin.put("/v1/llm-providers/bedrock", json=body)).raise_for_status()


async def test_an_administrator_chooses_the_default(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    await register(admin, HAIKU)
    saved = await admin_browser.post("/ui/ai", data={"provider": "bedrock", "model": HAIKU})
    assert "The default is saved." in saved.text
    assert str(saved.url).endswith("?done=default")
    result = (await admin.get(DEFAULTS)).json()["result"]
    assert (result["provider"], result["model"], result["updatedBy"]) == ("bedrock", HAIKU, "admin-id")
    [entry] = (await anonymous.get("/_emulator/organizations/acme/audit?limit=1")).json()["audits"]
    assert (entry["action"], entry["status"]) == ("CREATE", "SUCCESS")
    assert entry["trigger"]["by"] == {"orgId": "acme", "clientId": "admin-id", "role": "admin"}


async def test_what_does_not_go_together_is_refused_in_words(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient
) -> None:
    await register(admin, HAIKU)
    answer = await admin_browser.post("/ui/ai", data={"provider": "bedrock", "model": "gpt-5"})
    assert answer.status_code == 400
    assert "Model &#39;gpt-5&#39; is not enabled for provider &#39;bedrock&#39;" in answer.text
    assert '<option value="bedrock" selected>' in answer.text
    assert "updatedAt" not in (await admin.get(DEFAULTS)).json()["result"]


async def test_a_provider_that_is_not_there_is_refused_in_words(admin_browser: httpx.AsyncClient) -> None:
    answer = await admin_browser.post("/ui/ai", data={"provider": "openai", "model": "gpt-5"})
    assert answer.status_code == 404
    assert "LLM provider &#39;openai&#39; not found for organization" in answer.text


async def test_a_members_attempt_is_refused_in_words_and_recorded(
    admin: httpx.AsyncClient, member_browser: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    answer = await member_browser.post("/ui/ai", data={"provider": "port", "model": "gpt-5"})
    assert answer.status_code == 403
    assert "You do not have permission to manage LLM providers" in answer.text
    assert "updatedAt" not in (await admin.get(DEFAULTS)).json()["result"]
    [entry] = (await anonymous.get("/_emulator/organizations/acme/audit?limit=1")).json()["audits"]
    assert (entry["status"], entry["error"]) == ("FAILURE", "llm_provider_manage_forbidden")


async def test_members_see_the_same_and_can_change_nothing(
    admin: httpx.AsyncClient, member_browser: httpx.AsyncClient
) -> None:
    await register(admin, SONNET)
    text = (await member_browser.get("/ui/ai")).text
    assert "AWS Bedrock" in text
    assert "disabled aria-describedby" in text


async def test_only_what_requests_may_use_is_offered(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient
) -> None:
    await register(admin, SONNET)
    offered = (await admin_browser.get("/ui/ai")).text
    assert '<option value="bedrock">' in offered
    bedrock = offered.partition('class="bedrock"')[2].partition("</optgroup>")[0]
    assert SONNET in bedrock
    assert HAIKU not in bedrock
    await register(admin, SONNET, enabled=False)
    assert '<option value="bedrock">' not in (await admin_browser.get("/ui/ai")).text


async def test_a_default_that_is_gone_is_still_shown(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient
) -> None:
    await register(admin, SONNET)
    await admin.put(DEFAULTS, json={"provider": "bedrock", "model": SONNET})
    await admin.delete("/v1/llm-providers/bedrock")
    text = (await admin_browser.get("/ui/ai")).text
    assert '<option value="bedrock" selected>AWS Bedrock (not registered)</option>' in text


async def test_a_secret_that_is_missing_is_marked(
    admin: httpx.AsyncClient, admin_browser: httpx.AsyncClient
) -> None:
    await register(admin, SONNET, externalIdSecretName="gone")
    assert "No such secret" in (await admin_browser.get("/ui/ai")).text
    await admin.post("/v1/organization/secrets", json={"secretName": "gone", "secretValue": "v"})
    assert "No such secret" not in (await admin_browser.get("/ui/ai")).text
