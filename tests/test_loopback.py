import pytest

from port_byollm.loopback import HOSTS, is_loopback, unproxied


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("127.0.0.1.example.com", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_is_told_by_name_and_address(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("environment", "lower", "upper", "grpc"),
    [
        ({}, "", "", ""),
        ({"no_proxy": "a, localhost"}, "a,localhost", "a,localhost", "a,localhost"),
        ({"no_proxy": "a", "NO_PROXY": "b"}, "a", "b", "a"),
        ({"NO_PROXY": "b", "no_grpc_proxy": "c"}, "b", "b", "c"),
    ],
)
def test_what_was_excepted_stays_so_in_whichever_spelling_and_loopback_is_too(
    environment: dict[str, str], lower: str, upper: str, grpc: str
) -> None:
    def with_loopback(given: str) -> str:
        hosts = given.split(",") if given else []
        return ",".join([*hosts, *(host for host in HOSTS if host not in hosts)])

    assert unproxied(environment) == {
        "no_proxy": with_loopback(lower),
        "NO_PROXY": with_loopback(upper),
        "no_grpc_proxy": with_loopback(grpc),
    }


def test_every_host_stays_every_host_and_grpc_is_told_of_loopback() -> None:
    assert unproxied({"no_proxy": "*"}) == {
        "no_proxy": "*",
        "NO_PROXY": "*",
        "no_grpc_proxy": "*,127.0.0.1,localhost,::1",
    }
