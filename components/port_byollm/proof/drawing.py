"""The layout of a proof's picture: the path from Port's gateway to the models, as boxes and edges."""

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from port_byollm.iam import arns
from port_byollm.iam.evaluator import Decision
from port_byollm.proof.claim import Claim, Group, all_hold
from port_byollm.proof.proof import Proof
from port_byollm.proof.requests import APPLY_GUARDRAIL
from port_byollm.proof.rows import MARKS, count

_TOP, _LEFT, _BELOW = 40, 12, 44
_GAP, _LINE, _PADDING = 14, 16, 12
_CHARACTER = 6.7
"""Width, in pixels, of the widest common character at 12 pixels."""
_MOST_LINES = 3
_MARK = 18
"""The space that a mark takes, in pixels."""
_BESIDE = 24


@dataclass(frozen=True)
class Box:
    """A node. `x` and `y` are its upper left corner, in pixels; `lines` are a short form of `title`."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    title: str

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def baselines(self) -> list[tuple[float, str]]:
        """Each line with the y coordinate of its baseline."""
        first = self.middle - _LINE * len(self.lines) / 2 + _LINE - 4
        return [(first + _LINE * number, line) for number, line in enumerate(self.lines)]


@dataclass(frozen=True)
class Edge:
    """A line from one box to another, with a mark."""

    path: str
    mark: tuple[float, float]
    holds: bool | None
    title: str

    @property
    def word(self) -> str:
        return MARKS[self.holds]


@dataclass(frozen=True)
class Drawing:
    """A picture, in pixels. `headings` are the columns' left edges and headings."""

    headings: tuple[tuple[float, str], ...]
    boxes: tuple[Box, ...]
    others: tuple[Box, ...]
    """What must be impossible; drawn below the path."""
    edges: tuple[Edge, ...]
    width: float
    height: float


@dataclass(frozen=True)
class _Column:
    """A column of boxes. Each of `texts` is a box's first line and the rest of its text."""

    heading: str
    gap: float
    """The space before the column, for its edges."""
    width: float
    texts: Sequence[tuple[str, str]]
    claims: Callable[[int, int], list[Claim]]
    """Returns the claims between a box of the previous column and one of this column, by their indices."""
    arriving: int
    """The number of edges that end at each box."""

    def heights(self) -> list[float]:
        least = self.arriving * _MARK + 4
        return [max(2 * _PADDING + _LINE * len(_lines(*text, self.width)), least) for text in self.texts]


def drawing(proof: Proof) -> Drawing:
    """Lay out the claims of `proof`."""
    columns = _columns(proof)
    totals = [sum(column.heights()) + _GAP * (len(column.texts) - 1) for column in columns]
    middle = _TOP + max(totals, default=0) / 2
    x: float = _LEFT
    placed: list[list[Box]] = []
    edges: list[Edge] = []
    headings = []
    for column, total in zip(columns, totals, strict=True):
        x += column.gap
        y = middle - total / 2
        boxes = []
        for text, height in zip(column.texts, column.heights(), strict=True):
            boxes.append(Box(x, y, column.width, height, _lines(*text, column.width), " ".join(text).strip()))
            y += height + _GAP
        if placed:
            edges += _between(placed[-1], boxes, column.claims)
        headings.append((x, column.heading))
        placed.append(boxes)
        x += column.width
    bottom = middle + max(totals, default=0) / 2
    others: list[Box] = []
    for at, column in enumerate(columns):
        if column.heading in ("Role", "User"):
            stopped = _others(proof, placed, at, bottom + _BELOW)
            others = [box for box, _ in stopped]
            edges += [edge for _, edge in stopped]
    height = max((box.bottom for box in others), default=bottom) + _PADDING
    boxes = [box for column_boxes in placed for box in column_boxes]
    return Drawing(tuple(headings), tuple(boxes), tuple(others), tuple(edges), x + _LEFT, height)


def _columns(proof: Proof) -> list[_Column]:
    assumed = [one for one in proof.claims if one.group is Group.ASSUME]
    invoked = [one for one in proof.claims if one.group is Group.INVOKE]
    on_profile = [one for one in invoked if ":inference-profile/" in one.resource]
    on_model = [one for one in invoked if ":foundation-model/" in one.resource]
    applied = [one for one in invoked if one.action == APPLY_GUARDRAIL]
    principals, labels = (
        _unique(one.principal for one in assumed),
        _unique(one.external_id for one in assumed),
    )
    profiles, regions = _unique(one.profile for one in on_profile), _unique(one.region for one in on_model)
    names = {one.profile: one.model for one in on_profile}

    def of_pair(left: int, right: int) -> list[Claim]:
        pair = principals[left], labels[right]
        return [one for one in assumed if (one.principal, one.external_id) == pair]

    def of_route(left: int, right: int) -> list[Claim]:
        route = profiles[left], regions[right]
        return [one for one in on_model if (one.profile, one.region) == route]

    def nothing(*_: int) -> list[Claim]:
        return []

    if assumed:
        first = [
            _Column("Principal", 0, 204, [("Port's gateway", one) for one in principals], nothing, 0),
            _Column("External ID", 52, 84, [(one, "") for one in labels], of_pair, len(principals)),
            _Column(
                "Role",
                52,
                150,
                [("The role", assumed[0].resource)],
                lambda left, _: [one for one in assumed if one.external_id == labels[left]],
                len(labels),
            ),
        ]
    else:
        users = _unique(one.principal for one in invoked)
        first = [_Column("User", 0, 150, [("Port has its keys", one) for one in users], nothing, 0)]
    columns = [
        *first,
        _Column(
            "Profile",
            64,
            214,
            [(names[one], one) for one in profiles],
            lambda _, right: [one for one in on_profile if one.profile == profiles[right]],
            1,
        ),
        _Column("Destination", 130, 112, [(one, "") for one in regions], of_route, len(profiles)),
    ]
    if applied:
        columns.append(
            _Column(
                "Guardrail",
                72,
                150,
                [("The guardrail", applied[0].guardrail)],
                lambda left, _: [*applied, *(one for one in on_model if one.region == regions[left])],
                len(regions),
            )
        )
    return columns


def _between(
    lefts: Sequence[Box], rights: Sequence[Box], claims: Callable[[int, int], list[Claim]]
) -> list[Edge]:
    """Draw an edge between each pair of boxes that has claims."""
    edges = []
    for right, target in enumerate(rights):
        for left, source in enumerate(lefts):
            if claimed := claims(left, right):
                # Several edges end side by side, so that each mark can be read.
                end = target.middle + _MARK * (left - (len(lefts) - 1) / 2)
                start = source.y + source.height * (right + 1) / (len(rights) + 1)
                bend = (source.right + target.x - _MARK) / 2
                path = (
                    f"M{source.right:g},{start:.1f} C{bend:g},{start:.1f} {bend:g},{end:.1f}"
                    f" {target.x - _MARK:g},{end:.1f} H{target.x:g}"
                )
                edges.append(_edge(path, (target.x - _MARK + 5, end), claimed))
    return edges


def _others(proof: Proof, placed: Sequence[Sequence[Box]], at: int, y: float) -> list[tuple[Box, Edge]]:
    """Draw who else could assume the role and what else it could do, with a bar if it is impossible."""
    role = placed[at][0]
    others = []
    for heading, from_left in (("Everyone else", True), ("Anything else", False)):
        claims = [
            one
            for one in proof.claims
            if one.group is Group.IMPOSSIBLE and bool(one.external_id) is from_left
        ]
        if not claims or len(placed) <= at + 1 or (from_left and at == 0):
            continue
        beside = placed[at + 1][0] if placed[at + 1] else role
        x, width = (_LEFT, placed[at - 1][0].right - _LEFT) if from_left else (beside.x, beside.width)
        lines = (
            heading,
            f"{count(claims)} of {len(_unique(one.what for one in claims))} kinds",
            _outcome(claims),
        )
        box = Box(
            x, y, width, 2 * _PADDING + 3 * _LINE, lines, "; ".join(_unique(one.what for one in claims))
        )
        turn = role.x + role.width / 2 + (-_BESIDE if from_left else _BESIDE)
        side = box.right if from_left else box.x
        path = f"M{side:g},{box.middle:g} H{turn:g} V{role.bottom:.1f}"
        if all_hold(one.holds for one in claims):  # a bar across the end
            stop = role.bottom + _MARK
            path = f"M{side:g},{box.middle:g} H{turn:g} V{stop:.1f} M{turn - 9:g},{stop:.1f} h18"
        others.append((box, _edge(path, ((side + turn) / 2, box.middle), claims)))
    return others


def _outcome(claims: Sequence[Claim]) -> str:
    allowed = sum(one.decided is Decision.ALLOWED for one in claims)
    unknown = sum(one.decided is None for one in claims)
    counts = [f"{allowed} allowed" if allowed else "", f"{unknown} unknown" if unknown else ""]
    return ", ".join(filter(None, counts)) or "all denied"


def _edge(path: str, mark: tuple[float, float], claims: Sequence[Claim]) -> Edge:
    """Draw an edge with its claims as title, and the reasons of those that do not hold."""
    reasons = _unique(one.reason for one in claims if one.holds is not True)[:2]
    whats = ", ".join(_unique(one.what for one in claims)[:3])
    title = "; ".join([f"{whats} ({count(claims)})", *reasons])
    return Edge(path, mark, all_hold(one.holds for one in claims), title)


def _lines(first: str, text: str, width: float) -> tuple[str, ...]:
    """Return `first` on one line, and `text` (of an ARN, the name and account) wrapped to the lines left."""
    try:
        arn = arns.parse(text)
        text = f"{arn.resource.partition('/')[2] or arn.resource} ({arn.account})"
    except ValueError:
        pass
    characters = int((width - 2 * _PADDING) / _CHARACTER)
    [*head] = textwrap.wrap(first, characters, max_lines=1, placeholder="…")
    return (*head, *textwrap.wrap(text, characters, max_lines=_MOST_LINES, placeholder="…"))


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))
