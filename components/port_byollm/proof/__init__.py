"""The access proof of one Bedrock connection: what must be possible and what must not, claim by claim.

Pure: documents in, claims out. A preview, a deployed stack or files provide the documents, as a `Subject`.
"""

from port_byollm.proof.claim import Claim, Group
from port_byollm.proof.exemption import Exemption
from port_byollm.proof.picture import fragment, picture
from port_byollm.proof.proof import Proof, prove
from port_byollm.proof.subject import ANY_EXTERNAL_ID, ExternalId, Policy, Role, Subject, Unknown, User
from port_byollm.proof.table import table

__all__ = [
    "ANY_EXTERNAL_ID",
    "Claim",
    "Exemption",
    "ExternalId",
    "Group",
    "Policy",
    "Proof",
    "Role",
    "Subject",
    "Unknown",
    "User",
    "fragment",
    "picture",
    "prove",
    "table",
]
