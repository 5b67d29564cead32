import pytest

from port_byollm.loopback import is_loopback, unproxied


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
    ("environment", "lower", "upper"),
    [
        ({}, "127.0.0.1,localhost,::1", "127.0.0.1,localhost,::1"),
        ({"no_proxy": "a, localhost"}, "a,localhost,127.0.0.1,::1", "a,localhost,127.0.0.1,::1"),
        (
            {"no_proxy": "a", "NO_PROXY": "b"},
            "a,127.0.0.1,localhost,::1",
            "b,127.0.0.1,localhost,::1",
        ),
    ],
)
def test_what_was_excepted_stays_so_in_whichever_spelling(
    environment: dict[str, str], lower: str, upper: str
) -> None:
    assert unproxied(environment) == {"no_proxy": lower, "NO_PROXY": upper}
