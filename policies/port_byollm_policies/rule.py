"""How a rule is written: words about it, and functions that yield what is wrong.

The decorators read the resources, so that every rule treats alike what cannot be known yet, what cannot be
decided, and what is excepted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from port_byollm.iam.admissions import Trust, trust
from port_byollm.iam.evaluator import Undecidable
from port_byollm.iam.permissions import Permissions, permissions
from port_byollm.iam.witnesses import TooMany
from port_byollm_policies.documents import ROLE, Document, identity_documents, trust_document
from port_byollm_policies.stack import Stack

Settings = Mapping[str, Any]
"""The rule's configuration, defaults filled in."""

DocumentCheck = Callable[[Document, Settings], Iterable[str]]
PermissionsCheck = Callable[[Permissions, Settings], Iterable[str]]
TrustCheck = Callable[[Trust, Settings], Iterable[str]]
ResourceCheck = Callable[[ResourceValidationArgs, Settings], Iterable[str]]
StackCheck = Callable[[Stack, Settings], Iterable[tuple[PolicyResource, str]]]

_Look = Callable[[ResourceValidationArgs], Iterable[str]]
"""What is wrong with a resource. When all else is said, it raises UnknownValueError for what is not known."""

inputs: dict[str, frozenset[str]] = {}
"""The names of the properties that the program gives each resource, by URN: a policy about the whole stack is
given outputs, after those about resources have seen inputs."""

_GATEWAY_ROLE = "port-byollm:index:GatewayRole$"
_EXCEPT = {
    "type": "array",
    "items": {"type": "string"},
    "default": [],
    "description": "Names of resources, as the program calls them, that the rule leaves alone.",
}


class Rule:
    """A rule; each decorated function looks at resources of its kind and yields a sentence per problem."""

    def __init__(
        self,
        module: str,
        description: str,
        *,
        severity: Severity,
        remediation: str,
        link: str,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        needs: Sequence[str] = (),
        key: str = "",
    ) -> None:
        """
        :param module: `__name__` of the rule's file, after which the rule is called.
        :param settings: JSON schema of each setting, with a default.
        :param needs: Settings without any of which the rule asks for nothing.
        :param key: Where a connection's section of `Pulumi.<stack>.yaml` decides about it, such as
            `role.permissionsBoundary`; or a key in full, `port-byollm:baseUrl`.
        """
        self.name = module.rpartition(".")[2].replace("_", "-")
        self.description = description
        self._severity, self._remediation, self._link = severity, remediation, link
        self._settings = {**(settings or {}), "except": _EXCEPT}
        self._needs = needs
        self.key = key
        self._looks: list[_Look] = []
        self._stack_check: StackCheck | None = None

    @property
    def policy(self) -> Policy:
        """What the engine is given."""
        words: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "severity": self._severity,
            "remediation_steps": self._remediation,
            "url": self._link,
            "config_schema": PolicyConfigSchema({name: {**one} for name, one in self._settings.items()}),
        }
        if self._stack_check:
            return StackValidationPolicy(**words, validate=self._validate_stack)
        return ResourceValidationPolicy(**words, validate=self._validate)

    def message(self, problems: Iterable[str]) -> str:
        """What people are told about a resource, below the rule's description.

        The engine prints nothing else of a rule, so the way out is part of it.
        """
        return "\n".join([*problems, *self._way_out])

    def problems(self, message: str) -> list[str]:
        """What `message` was made of; for reports, which tell a rule's description and way out apart."""
        told = [self.description, *self._way_out]
        return [line for line in message.splitlines() if line not in told]

    def documents(self, check: DocumentCheck) -> DocumentCheck:
        """Look at each IAM document as a text: identity policies and trust policies."""

        def look(args: ResourceValidationArgs) -> Iterator[str]:
            found, unknown = identity_documents(args)
            if args.resource_type == ROLE:
                try:
                    found.append(trust_document(args))
                except UnknownValueError as error:
                    unknown = error
            for document in found:
                for problem in check(document, self.settings(args)):
                    yield f"{document.place}: {problem}"
            if unknown:
                raise unknown

        self._looks.append(look)
        return check

    def permissions(self, check: PermissionsCheck) -> PermissionsCheck:
        """Look at what each identity policy permits, wherever it is written."""

        def look(args: ResourceValidationArgs) -> Iterator[str]:
            found, unknown = identity_documents(args)
            for document in found:
                for problem in decided(document, lambda text: check(permissions(text), self.settings(args))):
                    yield f"{document.place}: {problem}"
            if unknown:
                raise unknown

        self._looks.append(look)
        return check

    def gateway_trust(self, check: TrustCheck) -> TrustCheck:
        """Look at whom each role that is meant for Port's gateway admits."""

        def look(args: ResourceValidationArgs) -> Iterator[str]:
            def judge(text: str) -> Iterator[str]:
                if trust(text).admits_gateway or _GATEWAY_ROLE in args.urn:
                    yield from check(trust(text), self.settings(args))

            if args.resource_type == ROLE:
                document = trust_document(args)
                for problem in decided(document, judge):
                    yield f"{document.place}: {problem}"

        self._looks.append(look)
        return check

    def gateway_roles(self, check: ResourceCheck) -> ResourceCheck:
        """Look at each role that is meant for Port's gateway."""

        def judge(args: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
            return check(args, settings) if is_gateway_role(args) else ()

        self.resources(ROLE)(judge)
        return check

    def resources(self, *kinds: str) -> Callable[[ResourceCheck], ResourceCheck]:
        """Look at each resource of these types."""

        def decorate(check: ResourceCheck) -> ResourceCheck:
            def look(args: ResourceValidationArgs) -> Iterable[str]:
                return check(args, self.settings(args)) if args.resource_type in kinds else ()

            self._looks.append(look)
            return check

        return decorate

    def stack(self, check: StackCheck) -> StackCheck:
        """Look at the stack as a whole, when all its resources are planned."""
        self._stack_check = check
        return check

    def settings(self, args: ResourceValidationArgs | StackValidationArgs) -> Settings:
        """The configuration; the engine fills in defaults only for rules that are configured at all."""
        return {name: one.get("default") for name, one in self._settings.items()} | {**args.get_config()}

    @property
    def _way_out(self) -> list[str]:
        return [f"Remediation: {self._remediation}", f"See {self._link}"]

    def _validate(self, args: ResourceValidationArgs, report: ReportViolation) -> None:
        inputs[args.urn] = frozenset(args.props)
        settings = self.settings(args)
        if self._needs and not any(settings[name] for name in self._needs):
            args.not_applicable(f"asks for nothing without `{'` or `'.join(self._needs)}`")
        if args.name in settings["except"]:
            return
        problems = []
        try:
            for look in self._looks:
                for problem in look(args):
                    problems.append(problem)  # one by one: what comes before an error counts
        finally:
            if problems:
                report(self.message(problems), None)

    def _validate_stack(self, args: StackValidationArgs, report: ReportViolation) -> None:
        settings = self.settings(args)
        assert self._stack_check is not None  # noqa: S101 (this method is used only then)
        problems: dict[str, list[str]] = {}
        try:
            for resource, problem in self._stack_check(Stack(args.resources, inputs), settings):
                if resource.name not in settings["except"]:
                    problems.setdefault(resource.urn, []).append(problem)
        finally:
            for urn, found in problems.items():
                report(self.message(found), urn)


def decided(document: Document, judge: Callable[[str], Iterable[str]]) -> Iterator[str]:
    """What `judge` yields about the document's text; nothing where IAM refuses it: document-valid does."""
    try:
        yield from judge(document.text)
    except TooMany as error:
        yield undecided(error)
    except Undecidable:
        return


def undecided(error: TooMany) -> str:
    return f"cannot be decided: {error}"


def is_gateway_role(role: ResourceValidationArgs | PolicyResource) -> bool:
    """Whether a role is meant for Port's gateway: it admits it, or is our component's.

    Raises UnknownValueError while neither can be told.
    """
    if _GATEWAY_ROLE in role.urn:
        return True
    try:
        return trust(trust_document(role).text).admits_gateway
    except Undecidable:
        return False  # what cannot be decided is reported by the rules about documents
