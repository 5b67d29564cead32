from collections.abc import Iterable

from pulumi_policy import Severity

from port_byollm.iam.admissions import trust
from port_byollm.iam.evaluator import Undecidable
from port_byollm.iam.permissions import permissions
from port_byollm.iam.witnesses import TooMany, without_values
from port_byollm_policies.documents import Document
from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "IAM accepts the syntax and the size of every document.",
    severity=Severity.HIGH,
    remediation="Correct the named place; split a document that is too long into several policies.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
)


@rule.documents
def is_valid(document: Document, settings: Settings) -> Iterable[str]:
    try:
        trust(document.text) if document.is_trust else permissions(document.text)
    except TooMany:
        pass  # IAM accepts the document; the rules about its permissions report this
    except Undecidable as undecidable:
        yield f"IAM refuses it: {without_values(str(undecidable), document.text)}"
    if document.characters > document.most_characters:
        most = document.most_characters
        yield f"has {document.characters} characters without white space, but IAM accepts {most}"


policy = rule.policy
