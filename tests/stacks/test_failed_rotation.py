"""Whatever becomes of rotations, the role never stops to accept the external ID that Port uses."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .conftest import Local
from .probe import probed

SECRET = "BEDROCK_ROLE_EXTERNAL_ID"  # its name


def _rotate_by_hand(local: Local, rotation: str, *, keep: bool = True) -> None:
    local.configure(bedrock={"externalId": {"rotation": rotation, "keepPrevious": keep}})


def _refused(local: Local) -> str:
    """What an `up` prints that fails."""
    done = local.up(check=False)
    assert done.returncode != 0
    return " ".join(done.stdout.split())


@contextmanager
def _fault(local: Local, **what: Any) -> Iterator[None]:
    """While registrations are sent to Port."""
    local.port_sandbox.add_fault("/v1/llm-providers/bedrock", method="PUT", times=None, **what)
    yield
    local.port_sandbox.clear_faults()


def _secret_in_use(local: Local) -> str:
    with local.port() as port:
        config = port.get("/v1/llm-providers/bedrock").json()["result"]["config"]
        return str(config["externalIdSecretName"])


def _trusted(local: Local) -> int:
    """How many external IDs the role accepts."""
    role = local.iam().get_role(RoleName="port-byollm-local")["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    values = statement["Condition"]["StringEquals"]["sts:ExternalId"]
    return 1 if isinstance(values, str) else len(values)


def test_the_value_in_use_is_trusted_until_port_uses_a_newer_one(local: Local) -> None:
    local.up()
    with probed(local) as probes:
        for rotation in ("2", "3", "4"):
            _rotate_by_hand(local, rotation)
            with _fault(local, status=422):
                assert "status 422" in _refused(local)
            assert _secret_in_use(local) == SECRET
        assert _trusted(local) == 4

        _rotate_by_hand(local, "5")
        assert "Set it back to '4'" in _refused(local)
        _rotate_by_hand(local, "4", keep=False)
        assert f"from the secret {SECRET} instead of {SECRET}-4" in _refused(local)
        assert _trusted(local) == 4

        _rotate_by_hand(local, "4")
        local.up()
        assert (_secret_in_use(local), _trusted(local)) == (f"{SECRET}-4", 4)
        _rotate_by_hand(local, "4", keep=False)
        local.up()
        assert _trusted(local) == 1
    assert probes.failures == []
    assert "unchanged" in local.up().stdout


def test_an_answer_of_ports_that_is_lost_takes_no_value_from_the_role(local: Local) -> None:
    local.up()
    with probed(local) as probes:
        _rotate_by_hand(local, "2")
        with _fault(local, drop="response"):
            _refused(local)
        # Port has changed over, and the stack does not know.
        assert _secret_in_use(local) == f"{SECRET}-2"

        _rotate_by_hand(local, "3")
        with _fault(local, status=422):
            assert "status 422" in _refused(local)
        _rotate_by_hand(local, "3", keep=False)
        assert f"from the secret {SECRET}-2 instead of {SECRET}-3" in _refused(local)

        _rotate_by_hand(local, "3")
        local.up()
        assert _secret_in_use(local) == f"{SECRET}-3"
    assert probes.failures == []
