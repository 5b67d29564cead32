from collections.abc import Iterable

from pulumi_policy import ResourceValidationArgs, Severity

from port_byollm_policies.rule import Rule, Settings

rule = Rule(
    __name__,
    "Sessions of the gateway's role are short.",
    severity=Severity.MEDIUM,
    remediation="Lower `maxSessionDuration`, or leave it out: AWS's default is one hour.",
    link="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html",
    settings={
        "maxSeconds": {
            "type": "integer",
            "minimum": 3600,
            "maximum": 43200,
            "default": 3600,
            "description": "The longest session, in seconds.",
        }
    },
    key="role.maxSessionDuration",
)

_DEFAULT = 3600


@rule.gateway_roles
def is_limited(role: ResourceValidationArgs, settings: Settings) -> Iterable[str]:
    seconds = float(role.props.get("maxSessionDuration") or _DEFAULT)  # a program may pass text
    most = settings["maxSeconds"]
    if seconds > most:
        yield f"maxSessionDuration: is {seconds:.0f} seconds, but at most {most:.0f} are accepted"


policy = rule.policy
