"""The gRPC server that gives the rules to the engine."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import grpc
from pulumi.runtime.proto.analyzer_pb2 import ConfigureAnalyzerRequest
from pulumi_policy import EnforcementLevel, Policy, PolicyPack
from pulumi_policy.policy import _PolicyAnalyzerServicer as Servicer  # has no public name


def serve(policies: Sequence[Policy]) -> None:
    """Serve the policies as a pack, advisory unless configured otherwise. Never returns.

    The engine checks the values of settings, but accepts unknown names of rules and of settings (the schema
    that it receives cannot express `additionalProperties`). This server refuses them.
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
    """Yield a sentence for each rule or setting that does not exist.

    :param given: Rule -> the names of its configured settings.
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
