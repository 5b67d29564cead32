"""Credentials that may only read."""

import yaml

from .conftest import Local


def test_member_is_told_who_may_do_it(local: Local) -> None:
    document = yaml.safe_load(local.config_file.read_text())
    member = local.sandbox()["port"]["member"]
    document["config"] |= {f"port-byollm:{key}": value for key, value in member.items()}
    local.config_file.write_text(yaml.safe_dump(document))
    done = local.up(check=False)
    assert done.returncode
    assert "this needs an organization admin" in done.stdout
    with local.port() as port:
        assert port.get("/v1/organization/secrets").json()["secrets"] == []
