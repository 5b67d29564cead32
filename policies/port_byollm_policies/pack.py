"""How rules are served to the engine."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import grpc
from pulumi.runtime.proto.analyzer_pb2 import ConfigureAnalyzerRequest
from pulumi_policy import EnforcementLevel, Policy, PolicyPack
from pulumi_policy.policy import _PolicyAnalyzerServicer as Servicer  # there is no other way in


def serve(policies: Sequence[Policy]) -> None:
    """Serve them as a pack whose rules advise where nothing else is configured. Never returns.

    The engine checks the values of settings, and passes on names that are none: of rules, and of settings, as
    the schema that it is given has no place for `additionalProperties`. Here it is refused them.
    """
    accept = Servicer.Configure

    def configure(self: Servicer, request: ConfigureAnalyzerRequest, context: grpc.ServicerContext) -> Any:
        given = {rule: [*config.properties] for rule, config in request.policyConfig.items()}
        if problems := [*unknown_names(given, policies)]:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "; ".join(problems))
        return accept(self, request, context)  # type: ignore[no-untyped-call]  # the SDK has no types there

    Servicer.Configure = configure  # type: ignore[method-assign]  # on purpose
    PolicyPack("port-byollm", [*policies], enforcement_level=EnforcementLevel.ADVISORY)


def unknown_names(given: Mapping[str, Collection[str]], policies: Sequence[Policy]) -> Iterator[str]:
    """A sentence for each rule, and for each setting of a rule, that there is not.

    :param given: The names of the settings that are configured, by rule.
    """
    known = {one.name: [*one.config_schema.properties] if one.config_schema else [] for one in policies}
    for rule, settings in sorted(given.items()):
        if rule in known:
            for setting in sorted({*settings} - {*known[rule]}):
                yield f"{rule}.{setting}: the rule has no such setting{_instead(setting, known[rule])}"
        elif rule != "all":
            yield f"{rule}: there is no such rule{_instead(rule, known)}"


def _instead(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
