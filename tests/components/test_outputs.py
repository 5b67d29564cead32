"""What is done with values once they are known."""

from typing import Any

import pytest

from port_byollm.outputs import of_made


@pytest.mark.parametrize(
    ("value", "result"), [(None, None), ([1, None], None), ([1], "[1]"), (0, "0"), ([], "[]")]
)
def test_nothing_is_made_of_what_was_left_out(value: Any, result: Any) -> None:
    assert of_made(str)(value) == result
