from collections.abc import Iterable

from pulumi_policy import Severity

from port_byollm.iam.admissions import trust
from port_byollm.iam.permissions import permissions
from port_byollm_policies.documents import Document
from port_byollm_policies.rule import Rule, Settings, decided

rule = Rule(
    __name__,
    "An IAM document is one that IAM accepts, in form and in size.",
    severity=Severity.HIGH,
    remediation="Correct the place that is named; split a document that is too long over several policies.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
)


@rule.documents
def is_valid(document: Document, settings: Settings) -> Iterable[str]:
    def read(text: str) -> Iterable[str]:
        trust(text) if document.is_trust else permissions(text)
        return ()

    yield from decided(document, read)
    if document.characters > document.most_characters:
        most = document.most_characters
        yield f"has {document.characters} characters without white space, and IAM takes {most}"


policy = rule.policy
