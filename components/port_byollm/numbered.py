"""Names of what there may be several of."""


def numbered(name: str, number: int) -> str:
    """`name`, `name-2`, `name-3`, … for 0, 1, 2, …: the first keeps its name when a second one comes."""
    return name if number == 0 else f"{name}-{number + 1}"
