"""How a rule is written: words about it, and functions that yield what is wrong.

The decorators read the resources, so that every rule treats alike what cannot be known yet, what cannot be
decided, and what is excepted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pulumi_policy import (
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from port_byollm.iam.evaluator import Undecidable
from port_byollm_policies.documents import ROLE, Document, identity_documents, trust_document, without_values
from port_byollm_policies.permissions import Permissions, permissions
from port_byollm_policies.stack import Stack
from port_byollm_policies.trust import Trust, trust

Settings = Mapping[str, Any]
"""The rule's configuration, defaults filled in."""

DocumentCheck = Callable[[Document, Settings], Iterable[str]]
PermissionsCheck = Callable[[Permissions, Settings], Iterable[str]]
TrustCheck = Callable[[Trust, Settings], Iterable[str]]
ResourceCheck = Callable[[ResourceValidationArgs, Settings], Iterable[str]]
StackCheck = Callable[[Stack, Settings], Iterable[tuple[PolicyResource, str]]]
_Check = TypeVar("_Check", bound=Callable[..., object])

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
    ) -> None:
        """
        :param module: `__name__` of the rule's file, after which the rule is called.
        :param settings: JSON schema of each setting, with a default.
        :param needs: Settings without any of which the rule asks for nothing.
        """
        self.name = module.rpartition(".")[2].replace("_", "-")
        self.description = description
        self._severity, self._remediation, self._link = severity, remediation, link
        self._settings = {**(settings or {}), "except": _EXCEPT}
        self._needs = needs
        self._checks: list[ResourceValidation] = []
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
        return ResourceValidationPolicy(**words, validate=list(self._checks))

    def documents(self, check: DocumentCheck) -> DocumentCheck:
        """Look at each IAM document as a text: identity policies and trust policies."""

        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            found, unknown = identity_documents(args)
            if args.resource_type == ROLE:
                try:
                    found.append(trust_document(args))
                except UnknownValueError as error:
                    unknown = error
            for document in found:
                for problem in check(document, self.settings(args)):
                    report(f"{document.place}: {problem}", None)
            if unknown:
                raise unknown

        self._add(validate)
        return check

    def permissions(self, check: PermissionsCheck) -> PermissionsCheck:
        """Look at what each identity policy permits, wherever it is written."""

        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            found, unknown = identity_documents(args)
            for document in found:
                for problem in decided(document, lambda text: check(permissions(text), self.settings(args))):
                    report(f"{document.place}: {problem}", None)
            if unknown:
                raise unknown

        self._add(validate)
        return check

    def gateway_trust(self, check: TrustCheck) -> TrustCheck:
        """Look at whom each role that is meant for Port's gateway admits."""

        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            def judge(text: str) -> Iterator[str]:
                if trust(text).admits_gateway or _GATEWAY_ROLE in args.urn:
                    yield from check(trust(text), self.settings(args))

            if args.resource_type == ROLE:
                document = trust_document(args)
                for problem in decided(document, judge):
                    report(f"{document.place}: {problem}", None)

        self._add(validate)
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
            def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
                if args.resource_type in kinds:
                    for problem in check(args, self.settings(args)):
                        report(problem, None)

            self._add(validate)
            return check

        return decorate

    def stack(self, check: StackCheck) -> StackCheck:
        """Look at the stack as a whole, when all its resources are planned."""
        self._stack_check = check
        return check

    def settings(self, args: ResourceValidationArgs | StackValidationArgs) -> Settings:
        """The configuration; the engine fills in defaults only for rules that are configured at all."""
        return {name: one.get("default") for name, one in self._settings.items()} | {**args.get_config()}

    def _add(self, validate: ResourceValidation) -> None:
        def where_it_applies(args: ResourceValidationArgs, report: ReportViolation) -> None:
            settings = self.settings(args)
            is_asked_for = not self._needs or any(settings[name] for name in self._needs)
            if is_asked_for and args.name not in settings["except"]:
                validate(args, report)

        self._checks.append(where_it_applies)

    def _validate_stack(self, args: StackValidationArgs, report: ReportViolation) -> None:
        settings = self.settings(args)
        assert self._stack_check is not None  # noqa: S101 (this method is used only then)
        for resource, problem in self._stack_check(Stack(args.resources), settings):
            if resource.name not in settings["except"]:
                report(problem, resource.urn)


def decided(document: Document, judge: Callable[[str], Iterable[str]]) -> Iterator[str]:
    """What `judge` yields about the document's text, or a sentence that says why nothing can be decided."""
    try:
        yield from judge(document.text)
    except Undecidable as undecidable:
        yield f"cannot be decided: {without_values(str(undecidable), document.text)}"


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
