"""Pipelines of a company, which sign in to AWS with GitHub's tokens."""

import base64
import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import httpx

from port_byollm.iam.evaluator import Request

from .conftest import COMMAND
from .environment import Sandbox
from .withholding import Policy, Verb, refused_one_by_one, spare

ACCOUNT = "111122223333"
GITHUB = "token.actions.githubusercontent.com"
REPOSITORY = "acme/platform"

Keys = Mapping[str, str]
"""Credentials as variables of the environment."""


@dataclass
class Company:
    """One account with a boundary and GitHub as an identity provider, and one organization."""

    sandbox: Sandbox
    port: Keys

    def configure(self, stack: str, bedrock: Mapping[str, Any], **sections: Any) -> None:
        target = {"awsAccountId": ACCOUNT, "portOrganization": "acme"}
        self.sandbox.configure(stack, target=target, bedrock=bedrock, **sections)

    def printed(self, stack: str, *options: str) -> Any:
        """What `deploy-policy` prints."""
        done = self.sandbox.run(COMMAND, "deploy-policy", "--stack", stack, *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def pipeline(self, stack: str, purpose: str) -> "Pipeline":
        """The pipeline for `purpose`, whose role its administrator makes of what is printed."""
        pipeline = Pipeline(self, stack, purpose, self.printed(stack, "--for", purpose))
        trust = self.printed(stack, "--for", purpose, "--trust", "github", "--repository", REPOSITORY)
        self.iam.create_role(RoleName=pipeline.role, AssumeRolePolicyDocument=json.dumps(trust))
        pipeline.permit(pipeline.policy)
        return pipeline

    def signed_in(self, role: str, **claims: str) -> Keys:
        claims = {"iss": f"https://{GITHUB}", "aud": "sts.amazonaws.com", **claims}
        token = f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()}.c2ln"
        session = self.sandbox.client("sts", {}).assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="pipeline", WebIdentityToken=token
        )["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

    def revokes(self, stack: str) -> None:
        """Stop the connection, as an administrator."""
        done = self.sandbox.run(COMMAND, "revoke", "--stack", stack, "--yes")
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def iam(self) -> Any:
        return self.sandbox.client("iam", {})


@dataclass
class Pipeline:
    """A pipeline, and the policy that was printed for its role."""

    company: Company
    stack: str
    purpose: str
    policy: Policy

    @property
    def role(self) -> str:
        return f"{self.stack}-{self.purpose}"

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role/{self.role}"

    @property
    def caller(self) -> str:
        return f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.role}/pipeline"

    @property
    def claims(self) -> Mapping[str, str]:
        """What GitHub's token says."""
        subject = {
            "deploy": f"environment:{self.stack}",
            "preview": "pull_request",
            "drift": "ref:refs/heads/main",
        }[self.purpose]
        ref = "refs/pull/7/merge" if self.purpose == "preview" else "refs/heads/main"
        return {"sub": f"repo:{REPOSITORY}:{subject}", "ref": ref}

    @cached_property
    def keys(self) -> Keys:
        return self.company.signed_in(self.arn, **self.claims)

    def permit(self, policy: Policy) -> None:
        """What the role may do from now on."""
        name, iam = {"RoleName": self.role, "PolicyName": "deploy-policy"}, self.company.iam
        if policy["Statement"]:
            iam.put_role_policy(**name, PolicyDocument=json.dumps(policy))
        else:  # which IAM takes for no policy
            iam.delete_role_policy(**name)

    def pulumi(self, verb: str, *options: str) -> Verb:
        run, credentials = self.company.sandbox.pulumi, (self.keys, self.company.port)
        return partial(run, verb, self.stack, *credentials, options=options)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`port-byollm`, about the stack."""
        run, credentials = self.company.sandbox.run, (self.keys, self.company.port)
        return run(COMMAND, *arguments, "--stack", self.stack, credentials=credentials)

    def check_it_needs_its_policy(self, verbs: Iterable[Verb]) -> None:
        """Each permission is needed: without it alone something would be denied that the verbs ask for, and a
        verb that is denied it fails and names it. Nothing else is denied."""
        needed = refused_one_by_one(self.policy, self.caller, self.permit, verbs)
        asked = self._asked()
        denied = {request.action for request, decision in asked if decision != "Allowed"}
        assert denied == {one.action for one in needed}
        assert spare(self.policy, [request for request, _ in asked]) == []

    def _asked(self) -> list[tuple[Request, str]]:
        """What AWS was asked, and what it decided."""
        url = f"{self.company.sandbox.local.sandbox()['aws']['endpointUrl']}/_sandbox/authorizations"
        return [
            (Request(**one), decision)
            for one in httpx.get(url).json()["authorizations"]
            if (decision := one.pop("decision")) and one["principal"] == self.caller
        ]
