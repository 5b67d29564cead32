from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_byollm.catalogue import GEOGRAPHIES, Model, parse_model, profile_id, source_regions
from port_byollm.errors import ConfigError
from port_byollm.iam import arns
from port_byollm.iam.documents import PolicyDocument
from port_byollm.iam.evaluator import Evaluator, Request
from port_byollm.iam.invoke_policy import MAX_POLICY_SIZE, Guardrail, documented, pinned

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/port-byollm"
SONNET_4, SONNET, HAIKU = (
    "claude-sonnet-4-20250514",
    "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5-20251001",
)
GUARDRAIL = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:guardrail/abc"
INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")


def evaluator(documents: Sequence[PolicyDocument]) -> Evaluator:
    return Evaluator(identity_policies=[document.to_dict() for document in documents])


def allowed(policies: Evaluator, resource: str, action: str = INVOKE[0], **context: str) -> bool:
    keys = {f"bedrock:{key}": value for key, value in context.items()}
    return policies.evaluate(Request(ROLE, action, resource, keys)).allowed


def calls(
    model: Model, geography: str, region: str, action: str = INVOKE[0], **context: str
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """What IAM is asked when the model is called through its profile: resource, action, condition keys."""
    assert model.bedrock_id
    profile = arns.inference_profile(region, ACCOUNT, profile_id(geography, model.bedrock_id))
    yield profile, action, context
    for destination in model.destinations(geography, region):
        yield (
            arns.foundation_model(destination, model.bedrock_id),
            action,
            context | {"InferenceProfileArn": profile},
        )


def may_call(policies: Evaluator, model: Model, geography: str, region: str, **context: str) -> bool:
    """Whether no call can fail, wherever it is routed to."""
    outcomes = [
        allowed(policies, resource, action, **keys)
        for invoke in INVOKE
        for resource, action, keys in calls(model, geography, region, invoke, **context)
    ]
    assert len(outcomes) > len(INVOKE)
    return all(outcomes)


class TestDocumented:
    @pytest.mark.parametrize(
        ("models", "guardrail", "name"),
        [
            ((SONNET_4, HAIKU), False, "specific_models"),
            ("all", False, "all_models"),
            ("all", True, "all_models_with_guardrails"),
        ],
    )
    def test_is_the_documentation(
        self,
        documentation: Callable[[str], Any],
        models: tuple[str, ...] | Literal["all"],
        guardrail: bool,
        name: str,
    ) -> None:
        [document] = documented(models, "eu", guardrail)
        assert document.to_dict() == documentation(name)

    def test_takes_models_bedrock_ids_and_profile_ids_alike_and_each_once(self) -> None:
        one = documented([SONNET], "eu", guardrail=False)
        names: list[Model | str] = [parse_model(SONNET), SONNET, "anthropic.claude-sonnet-4-5-20250929-v1:0"]
        assert documented(names, "eu", guardrail=False) == one
        assert documented(["eu.anthropic.claude-sonnet-4-5-20250929-v1:0"], "eu", guardrail=False) == one

    def test_global_profiles_reach_the_arn_without_a_region(self) -> None:
        policies = evaluator(documented([SONNET], "global", guardrail=False))
        assert may_call(policies, parse_model(SONNET), "global", "eu-west-1")

    def test_guardrail_action_on_model_arns_permits_no_guardrail(self) -> None:
        assert not allowed(
            evaluator(documented("all", "eu", guardrail=True)), GUARDRAIL, "bedrock:ApplyGuardrail"
        )

    def test_refuses_a_geography_without_the_model(self) -> None:
        with pytest.raises(ConfigError, match=r"apac.*use one of eu, us, jp, au, global"):
            documented([SONNET], "apac", guardrail=False)


class TestPinned:
    @pytest.mark.parametrize(
        ("geography", "region"),
        [("eu", "eu-west-1"), ("us", "us-west-2"), ("jp", "ap-northeast-3"), ("global", "sa-east-1")],
    )
    def test_permits_the_call_wherever_it_is_routed(self, geography: str, region: str) -> None:
        policies = evaluator(pinned([SONNET, HAIKU], geography, region, ACCOUNT, None))
        assert may_call(policies, parse_model(SONNET), geography, region)
        assert may_call(policies, parse_model(HAIKU), geography, region)

    @pytest.mark.parametrize("models", [[SONNET, HAIKU], "all"])
    def test_permits_nothing_else(self, models: list[str] | Literal["all"]) -> None:
        policies = evaluator(pinned(models, "eu", "eu-west-1", ACCOUNT, None))
        model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
        profile = arns.inference_profile("eu-west-1", ACCOUNT, f"eu.{model}")
        here = arns.foundation_model("eu-west-1", model)
        assert allowed(policies, here, InferenceProfileArn=profile)
        assert not allowed(policies, here)
        assert not allowed(policies, arns.foundation_model("us-east-1", model), InferenceProfileArn=profile)
        assert not allowed(policies, arns.foundation_model("", model), InferenceProfileArn=profile)
        for other in (
            arns.inference_profile("eu-west-1", ACCOUNT, f"us.{model}"),
            arns.inference_profile("eu-west-1", ACCOUNT, f"global.{model}"),
            arns.inference_profile("eu-central-1", ACCOUNT, f"eu.{model}"),
            arns.inference_profile("eu-west-1", "999999999999", f"eu.{model}"),
        ):
            assert not allowed(policies, other)
            assert not allowed(policies, here, InferenceProfileArn=other)

    def test_each_model_only_through_its_own_profile(self) -> None:
        policies = evaluator(pinned([SONNET, HAIKU], "eu", "eu-west-1", ACCOUNT, None))
        profile = arns.inference_profile("eu-west-1", ACCOUNT, "eu.anthropic.claude-haiku-4-5-20251001-v1:0")
        model = arns.foundation_model("eu-west-1", "anthropic.claude-sonnet-4-5-20250929-v1:0")
        assert not allowed(policies, model, InferenceProfileArn=profile)

    def test_all_models_are_those_of_the_geography(self) -> None:
        policies = evaluator(pinned("all", "eu", "eu-west-1", ACCOUNT, None))
        assert may_call(policies, parse_model(SONNET_4), "eu", "eu-west-1")
        assert may_call(policies, parse_model("amazon.nova-9-v1:0"), "eu", "eu-west-1")

    def test_raw_bedrock_id_passes_through(self) -> None:
        policies = evaluator(pinned(["anthropic.claude-foo-v1:0"], "eu", "eu-west-1", ACCOUNT, None))
        assert may_call(policies, parse_model("anthropic.claude-foo-v1:0"), "eu", "eu-west-1")

    @pytest.mark.parametrize("models", [[SONNET], "all"])
    @pytest.mark.parametrize(
        ("version", "accepted", "refused"),
        [
            ("1", [":1"], ["", ":2", ":11"]),
            ("DRAFT", [""], [":1"]),
            (None, ["", ":1", ":2"], ["d", "d:1"]),
        ],
    )
    def test_guardrail_is_demanded_of_every_invocation(
        self, models: list[str] | Literal["all"], version: str | None, accepted: list[str], refused: list[str]
    ) -> None:
        policies = evaluator(pinned(models, "eu", "eu-west-1", ACCOUNT, Guardrail(GUARDRAIL, version)))
        model = parse_model(SONNET)
        for suffix in accepted:
            assert may_call(policies, model, "eu", "eu-west-1", GuardrailIdentifier=GUARDRAIL + suffix)
        for keys in [{}, *({"GuardrailIdentifier": GUARDRAIL + suffix} for suffix in refused)]:
            for resource, action, context in calls(model, "eu", "eu-west-1", **keys):
                assert not allowed(policies, resource, action, **context)

    def test_guardrail_may_be_applied_and_no_other(self) -> None:
        policies = evaluator(pinned([SONNET], "eu", "eu-west-1", ACCOUNT, Guardrail(GUARDRAIL, "1")))
        assert allowed(policies, GUARDRAIL, "bedrock:ApplyGuardrail")
        assert not allowed(policies, GUARDRAIL + "d", "bedrock:ApplyGuardrail")

    @pytest.mark.parametrize(
        ("models", "geography", "region", "account", "expected"),
        [
            ([], "eu", "eu-west-1", ACCOUNT, "models: the list is empty"),
            (["gpt-5"], "eu", "eu-west-1", ACCOUNT, "models: 'gpt-5' is not on Bedrock"),
            ([Model("gpt-5", None)], "eu", "eu-west-1", ACCOUNT, "models: 'gpt-5' is not on Bedrock"),
            ([SONNET], "apac", "ap-south-1", ACCOUNT, "use one of eu, us, jp, au, global"),
            (["us.anthropic.claude-foo"], "eu", "eu-west-1", ACCOUNT, "use one of us"),
            (["claude-opus-4-6"], "eu", "eu-west-1", ACCOUNT, "models refresh"),
            ([SONNET], "europe", "eu-west-1", ACCOUNT, "geography: 'europe' is not a geography"),
            ("all", "europe", "eu-west-1", ACCOUNT, "geography: 'europe' is not a geography"),
            (
                [SONNET],
                "eu",
                "us-east-1",
                ACCOUNT,
                "region: the 'eu' profile of claude-sonnet-4-5-20250929 cannot",
            ),
            (
                "all",
                "eu",
                "us-east-1",
                ACCOUNT,
                "region: the 'eu' profiles cannot be called from 'us-east-1'",
            ),
            ([SONNET], "eu", "eu-west-1", "1111", "account_id: '1111' is not an AWS account id"),
        ],
    )
    def test_refuses(self, models: Any, geography: str, region: str, account: str, expected: str) -> None:
        with pytest.raises(ConfigError) as raised:
            pinned(models, geography, region, account, None)
        assert expected in str(raised.value)

    @pytest.mark.parametrize(
        ("arn", "version", "expected"),
        [
            ("abc", None, "is not the ARN of a guardrail"),
            (f"{GUARDRAIL}:1", None, "without the version"),
            (f"{GUARDRAIL}\n", None, "is not the ARN of a guardrail"),
            (GUARDRAIL.replace("guardrail/", "guardrail-profile/"), None, "is not the ARN of a guardrail"),
            (GUARDRAIL, "latest", "guardrail.version: 'latest' is not a version"),
            (GUARDRAIL, "0", "guardrail.version: '0' is not a version"),
            (GUARDRAIL.replace(ACCOUNT, "999999999999"), None, "in account 999999999999"),
            (GUARDRAIL.replace("eu-west-1", "eu-west-3"), None, "in region eu-west-3"),
        ],
    )
    def test_refuses_a_guardrail_that_cannot_be_used(
        self, arn: str, version: str | None, expected: str
    ) -> None:
        with pytest.raises(ConfigError) as raised:
            pinned([SONNET], "eu", "eu-west-1", ACCOUNT, Guardrail(arn, version))
        assert expected in str(raised.value)


segments = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=60)
bedrock_ids = st.builds(lambda model, version: f"anthropic.{model}-v{version}:0", segments, st.integers(1, 9))


def grants(documents: Sequence[PolicyDocument]) -> set[tuple[str, str, str]]:
    """Each pair of action and resource, with the condition that it stands under."""
    return {
        (action, resource, repr(statement.condition))
        for document in documents
        for statement in document.statements
        for action in ([statement.action] if isinstance(statement.action, str) else statement.action)
        for resource in (
            [statement.resource] if isinstance(statement.resource, str) else statement.resource or ()
        )
    }


class TestSplitting:
    @given(
        st.lists(bedrock_ids, min_size=1, max_size=25, unique=True),
        st.sampled_from(GEOGRAPHIES),
        st.booleans(),
    )
    def test_parts_hold_what_the_models_hold_one_by_one(
        self, ids: list[str], geography: str, guarded: bool
    ) -> None:
        region = source_regions(geography)[0]
        guardrail = Guardrail(GUARDRAIL.replace("eu-west-1", region), "1") if guarded else None
        parts = pinned(ids, geography, region, ACCOUNT, guardrail)
        assert all(part.size() <= MAX_POLICY_SIZE for part in parts)
        assert all(
            len({statement.sid for statement in part.statements}) == len(part.statements) for part in parts
        )
        assert grants(parts) == set().union(
            *(grants(pinned([one], geography, region, ACCOUNT, guardrail)) for one in ids)
        )

    @given(st.lists(bedrock_ids, min_size=1, max_size=60, unique=True), st.booleans())
    def test_documented_parts_too(self, ids: list[str], guardrail: bool) -> None:
        parts = documented(ids, "eu", guardrail)
        assert all(part.size() <= MAX_POLICY_SIZE for part in parts)
        assert grants(parts) == set().union(*(grants(documented([one], "eu", guardrail)) for one in ids))

    def test_each_part_suffices_for_its_models(self) -> None:
        ids = [f"anthropic.claude-{number:02}-v1:0" for number in range(30)]
        parts = pinned(ids, "eu", "eu-west-1", ACCOUNT, Guardrail(GUARDRAIL, "1"))
        served = [
            [
                one
                for one in ids
                if may_call(
                    evaluator([part]),
                    parse_model(one),
                    "eu",
                    "eu-west-1",
                    GuardrailIdentifier=f"{GUARDRAIL}:1",
                )
            ]
            for part in parts
        ]
        assert len(parts) > 3
        assert [one for part in served for one in part] == ids

    def test_ids_that_differ_in_punctuation_only_do_not_share_a_document(self) -> None:
        parts = pinned(["x.claude-4-5", "x.claude-45"], "eu", "eu-west-1", ACCOUNT, None)
        assert len(parts) == 2
