"""Numbered names."""


def numbered(name: str, number: int) -> str:
    """Return `name`, `name-2`, `name-3`, … for 0, 1, 2, …: the first keeps its name if a second is added."""
    return name if number == 0 else f"{name}-{number + 1}"
