import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from tests.proof.subjects import (
    ACCOUNT,
    CURRENT,
    EU,
    GATEWAY,
    HAIKU,
    OLD,
    OTHER_GATEWAY,
    PREVIOUS,
    REGION,
    SONNET,
    document,
    holding,
    pinned_policies,
    region_deny,
    role,
    subject,
    under,
)

from port_byollm.catalogue import parse_model
from port_byollm.iam.trust_policy import gateway_trust
from port_byollm.proof import Policy, Proof, Unknown, User, picture, prove
from port_byollm.proof.drawing import drawing

SVG = "{http://www.w3.org/2000/svg}"
FOUR = (SONNET, HAIKU, parse_model("anthropic.claude-foo-v1:0"), parse_model("amazon.nova-pro-v1:0"))


def drawn(proof: Proof) -> ElementTree.Element:
    """The picture in the page, which is well-formed by itself."""
    found = re.search(r"<svg.*?</svg>", picture(proof, "Proof"), re.DOTALL)
    assert found
    return ElementTree.fromstring(found[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))  # noqa: S314 (our own)


class _Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def edges(proof: Proof) -> list[tuple[str, str]]:
    """Word and what the title tells, of each edge."""
    found = drawing(proof).edges
    return [(edge.word, edge.title) for edge in found]


def test_shows_the_whole_path() -> None:
    texts = [text.text for text in drawn(holding()).iter(f"{SVG}text")]
    for expected in (
        "current",
        "previous",
        "port/port-byollm",
        SONNET.name,
        HAIKU.name,
        *EU,
        "The guardrail",
    ):
        assert expected in texts
    assert {word for word, _ in edges(holding())} == {"ok"}


def test_an_edge_for_each_step() -> None:
    steps = 1 * 2 + 2 + 2 + 2 * len(EU) + len(EU)
    assert len(drawing(holding()).edges) == steps + len(("everyone else", "anything else"))


def test_edges_that_fail_are_marked_by_word_and_glyph_and_say_why() -> None:
    proof = prove(subject(scps=under(region_deny(*(region for region in EU if region != "eu-north-1")))))
    failed = [title for word, title in edges(proof) if word == "FAILS"]
    assert len(failed) == 2 + 1  # from both profiles to the region, and from the region on
    assert all("statement 1 (DenyOtherRegions) of SCP 'region-deny' denies it" in title for title in failed)
    glyphs = [text.text for text in drawn(proof).iter(f"{SVG}text") if text.get("class") == "glyph"]
    assert glyphs.count("✗") == len(failed)


def test_unknown_edges_are_neither() -> None:
    proof = prove(subject(identity=role(trust_policy=Unknown("it is made by the update"))))
    assert {word for word, _ in edges(proof)} == {"ok", "unknown"}


def test_what_is_not_impossible_reaches_the_role() -> None:
    open_role = role(trust_policy=gateway_trust([GATEWAY]).to_dict())
    words = [word for word, _ in edges(prove(subject(identity=open_role)))]
    assert words.count("FAILS") == 1
    [everyone, anything] = drawing(prove(subject(identity=open_role))).others
    assert everyone.lines[2].endswith(" allowed")
    assert anything.lines[2] == "all denied"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"models": FOUR, "policies": pinned_policies(FOUR)},
        {
            "identity": role(
                trust_policy=gateway_trust([GATEWAY, OTHER_GATEWAY], [CURRENT, PREVIOUS]).to_dict(),
                gateways={"eu": GATEWAY, "us": OTHER_GATEWAY},
            )
        },
        {"identity": User(f"arn:aws:iam::{ACCOUNT}:user/{'long-name-' * 9}")},
        {"guardrail": None, "policies": pinned_policies(guardrail=None)},
    ],
)
def test_boxes_and_marks_do_not_cover_each_other(changes: dict[str, object]) -> None:
    picture_ = drawing(prove(subject(**changes)))
    boxes = [*picture_.boxes, *picture_.others]
    for one in boxes:
        assert one.x >= 0
        assert one.right <= picture_.width
        assert one.bottom <= picture_.height
        for other in boxes:
            apart = (
                one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y
            )
            assert one is other or apart
    marks = sorted(edge.mark for edge in picture_.edges)
    for (x, y), (next_x, next_y) in pairwise(marks):
        assert abs(next_x - x) >= 16 or abs(next_y - y) >= 16


def test_the_page_is_self_contained() -> None:
    page = picture(prove(subject(scps=under(region_deny(REGION)))), "Proof")
    elements = _Elements(page).found
    assert not {tag for tag, _ in elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "base",
        "form",
        "a",
    }
    assert not [
        attributes for _, attributes in elements if {"src", "href", "onload", "onclick"} & set(attributes)
    ]
    assert "url(" not in page
    assert "@import" not in page


def test_nothing_that_documents_say_becomes_markup() -> None:
    hostile = '</title><script>alert(1)</script><img src=x onerror="alert(2)">'
    proof = prove(
        subject(policies=(Policy(hostile, document({"Effect": "Deny"})),), scps=under(region_deny(REGION)))
    )
    proof = replace(
        proof,
        notes=(hostile,),
        exemptions=tuple(
            replace(one, policy=hostile, statements=({"Sid": hostile},)) for one in proof.exemptions
        ),
        claims=tuple(replace(one, principal=hostile, region=hostile, model=hostile) for one in proof.claims),
    )
    page = picture(proof, hostile)
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;") > len(proof.claims)
    drawn(proof)


def test_external_ids_are_not_in_it() -> None:
    page = picture(holding(), "Proof")
    assert not [value for value in (CURRENT, PREVIOUS, OLD) if value[:-1] in page]


def test_tables_and_picture_can_be_read_aloud() -> None:
    page = picture(holding(), "Proof of prod")
    elements = _Elements(page).found
    assert {attributes.get("scope") for tag, attributes in elements if tag == "th"} == {"col", "row"}
    [svg] = [attributes for tag, attributes in elements if tag == "svg"]
    assert svg["role"] == "img"
    ids = {attributes.get("id") for _, attributes in elements}
    assert set((svg["aria-labelledby"] or "").split()) <= ids
    assert ("html", {"lang": "en"}) in elements
    assert "<h1>Proof of prod</h1>" in page


def test_says_the_exemption_and_each_request() -> None:
    proof = prove(subject(scps=under(region_deny(REGION))))
    page = picture(proof, "Proof")
    assert "Put these statements in its place:" in page
    assert "DenyOtherRegionsThroughOtherProfiles" in page
    assert page.count("<tr") >= len(proof.claims)
