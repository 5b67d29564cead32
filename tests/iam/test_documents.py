import json

from port_byollm.iam.documents import PolicyDocument, Statement

DOCUMENT = PolicyDocument(
    (
        Statement(
            sid="One",
            action=("a:B", "a:C"),
            resource="*",
            condition={"StringEquals": {"a:k": ("x", "y")}, "Bool": {"a:b": "true"}},
        ),
        Statement(sid="Two", effect="Deny", action="a:D", resource=("arn:aws:a:::x",)),
    )
)


def test_json_keeps_strings_and_lists_as_given() -> None:
    assert json.loads(DOCUMENT.to_json()) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "One",
                "Effect": "Allow",
                "Action": ["a:B", "a:C"],
                "Resource": "*",
                "Condition": {"StringEquals": {"a:k": ["x", "y"]}, "Bool": {"a:b": "true"}},
            },
            {"Sid": "Two", "Effect": "Deny", "Action": "a:D", "Resource": ["arn:aws:a:::x"]},
        ],
    }


def test_size_leaves_out_white_space() -> None:
    assert DOCUMENT.size() == len(json.dumps(DOCUMENT.to_dict(), separators=(",", ":")))
