"""Pipelines of a company, which sign in to AWS with GitHub's tokens."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from port_byollm.iam.evaluator import Request

from .conftest import COMMAND
from .environment import Sandbox

ACCOUNT = "111122223333"
GITHUB = "token.actions.githubusercontent.com"
REPOSITORY = "acme/platform"

Keys = Mapping[str, str]
"""Credentials as variables of the environment."""


@dataclass
class Company:
    """One account with a boundary and GitHub as an identity provider, and one organisation."""

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

    def pipeline(self, stack: str, purpose: str, policy: Any = None) -> Keys:
        """Credentials of the pipeline for `purpose`, signed in with GitHub's token."""
        role = f"arn:aws:iam::{ACCOUNT}:role/{self.make_role(stack, purpose, policy)}"
        subject = {
            "deploy": f"environment:{stack}",
            "preview": "pull_request",
            "drift": "ref:refs/heads/main",
        }
        return self.signed_in(role, sub=f"repo:{REPOSITORY}:{subject[purpose]}", ref="refs/heads/main")

    def make_role(self, stack: str, purpose: str, policy: Any = None) -> str:
        """The role of a pipeline, as its administrator makes it of what is printed."""
        name = f"{stack}-{purpose}"
        trust = self.printed(stack, "--for", purpose, "--trust", "github", "--repository", REPOSITORY)
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        document = policy or self.printed(stack, "--for", purpose)
        made = self.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
        self.iam.attach_role_policy(RoleName=name, PolicyArn=made["Policy"]["Arn"])
        return name

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

    def runs(self, verb: str, stack: str, keys: Keys, *options: str) -> str:
        done = self.sandbox.pulumi(verb, stack, keys, self.port, options=options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def revokes(self, stack: str) -> None:
        """Stop the connection, as an administrator."""
        done = self.sandbox.run(COMMAND, "revoke", "--stack", stack, "--yes")
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def iam(self) -> Any:
        return self.sandbox.client("iam", {})

    def asked(self, keys: Keys) -> Iterator[tuple[Request, str]]:
        """What AWS was asked with these credentials, and what it decided."""
        arn = self.sandbox.client("sts", keys).get_caller_identity()["Arn"]
        url = f"{self.sandbox.local.sandbox()['aws']['endpointUrl']}/_sandbox/authorizations"
        for one in httpx.get(url).json()["authorizations"]:
            decision = one.pop("decision")
            if one["principal"] == arn:
                yield Request(**one), decision
