"""The base of a rule: its metadata, and decorators for the functions that yield problems.

The decorators read the resources, so that all rules treat unknown values, undecidable documents and
exceptions alike.
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
"""The rule's configuration, with defaults."""

DocumentCheck = Callable[[Document, Settings], Iterable[str]]
PermissionsCheck = Callable[[Permissions, Settings], Iterable[str]]
TrustCheck = Callable[[Trust, Settings], Iterable[str]]
ResourceCheck = Callable[[ResourceValidationArgs, Settings], Iterable[str]]
StackCheck = Callable[[Stack, Settings], Iterable[tuple[PolicyResource, str]]]

_Look = Callable[[ResourceValidationArgs], Iterable[str]]
"""Yields a resource's problems; finally raises UnknownValueError if a value is not known yet."""

inputs: dict[str, frozenset[str]] = {}
"""URN -> the names of the properties that the program sets. Resource policies, which run first, record them:
stack policies see only outputs."""

_GATEWAY_ROLE = "port-byollm:index:GatewayRole$"
_EXCEPT = {
    "type": "array",
    "items": {"type": "string"},
    "default": [],
    "description": "Names of resources, as in the program, that the rule skips.",
}


class Rule:
    """A rule. Each decorated function checks resources of its kind and yields a sentence per problem."""

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
        :param module: `__name__` of the rule's file, which gives the rule its name.
        :param settings: JSON schema of each setting, with a default.
        :param needs: Settings of which at least one must be set, or the rule checks nothing.
        :param key: The setting in a connection's section of `Pulumi.<stack>.yaml` that reports point to, such
            as `role.permissionsBoundary`; or a full key, such as `port-byollm:baseUrl`.
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
        """The policy for the engine."""
        metadata: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "severity": self._severity,
            "remediation_steps": self._remediation,
            "url": self._link,
            "config_schema": PolicyConfigSchema({name: {**one} for name, one in self._settings.items()}),
        }
        if self._stack_check:
            return StackValidationPolicy(**metadata, validate=self._validate_stack)
        return ResourceValidationPolicy(**metadata, validate=self._validate)

    def message(self, problems: Iterable[str]) -> str:
        """Return the text that the engine prints below the rule's description.

        It includes remediation and link, because the engine prints no other metadata.
        """
        return "\n".join([*problems, *self._remedy])

    def problems(self, message: str) -> list[str]:
        """Return the problems in `message`, for reports that have the rule's metadata elsewhere."""
        metadata = [self.description, *self._remedy]
        return [line for line in message.splitlines() if line not in metadata]

    def documents(self, check: DocumentCheck) -> DocumentCheck:
        """Check the text of each IAM document: identity policies and trust policies."""

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
        """Check what each identity policy permits, managed or inline."""

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
        """Check whom each role for Port's gateway admits."""

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
        """Check each role for Port's gateway."""

        def judge(args: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
            return check(args, settings) if is_gateway_role(args) else ()

        self.resources(ROLE)(judge)
        return check

    def resources(self, *kinds: str) -> Callable[[ResourceCheck], ResourceCheck]:
        """Check each resource of these types."""

        def decorate(check: ResourceCheck) -> ResourceCheck:
            def look(args: ResourceValidationArgs) -> Iterable[str]:
                return check(args, self.settings(args)) if args.resource_type in kinds else ()

            self._looks.append(look)
            return check

        return decorate

    def stack(self, check: StackCheck) -> StackCheck:
        """Check the stack as a whole, after all its resources are planned."""
        self._stack_check = check
        return check

    def settings(self, args: ResourceValidationArgs | StackValidationArgs) -> Settings:
        """Return the configuration with defaults, which the engine adds only for configured rules."""
        return {name: one.get("default") for name, one in self._settings.items()} | {**args.get_config()}

    @property
    def _remedy(self) -> list[str]:
        return [f"Remediation: {self._remediation}", f"See {self._link}"]

    def _validate(self, args: ResourceValidationArgs, report: ReportViolation) -> None:
        inputs[args.urn] = frozenset(args.props)
        settings = self.settings(args)
        if self._needs and not any(settings[name] for name in self._needs):
            args.not_applicable(f"checks nothing without `{'` or `'.join(self._needs)}`")
        if args.name in settings["except"]:
            return
        problems = []
        try:
            for look in self._looks:
                for problem in look(args):
                    problems.append(problem)  # one by one, to keep those before an error
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
    """Yield the problems that `judge` finds. If IAM refuses the document, only document-valid reports it."""
    try:
        yield from judge(document.text)
    except TooMany as error:
        yield undecided(error)
    except Undecidable:
        return


def undecided(error: TooMany) -> str:
    return f"cannot be decided: {error}"


def is_gateway_role(role: ResourceValidationArgs | PolicyResource) -> bool:
    """Whether a role is for Port's gateway: it admits the gateway, or our component creates it.

    Raises UnknownValueError if this is not known yet.
    """
    if _GATEWAY_ROLE in role.urn:
        return True
    try:
        return trust(trust_document(role).text).admits_gateway
    except Undecidable:
        return False  # the rules about documents report this
