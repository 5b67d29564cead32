"""AWS on loopback: moto's server in this process, as strict as AWS in what a connection depends on."""

import json
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from moto.iam import models as iam_models
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from port_byollm_sandbox.aws import authorization, bedrock, iam, secretsmanager, sts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
JOURNAL = "/_sandbox/authorizations"


class AwsServer:
    """One AWS, initially empty. moto keeps its state in globals, so a process can have only one.

    The keys of a user or an assumed role act in their own account, and `authorization` decides each of their
    calls. Any other credentials have full access to `account_id`. `GET /_sandbox/authorizations` returns the
    decisions: `{"authorizations": [{"principal", "action", "resource", "context", "decision"}]}`.
    """

    def __init__(self, account_id: str, region: str):
        self.account_id = account_id
        self.region = region
        self._server: BaseWSGIServer | None = None

    @property
    def endpoint_url(self) -> str:
        """`http://127.0.0.1:<port>`. Raises RuntimeError unless the server is running."""
        if self._server is None:
            raise RuntimeError("the AWS server is not running; call start() first")
        return f"http://{HOST}:{self._server.port}"

    def start(self) -> None:
        """Serve on a free port, in a thread."""
        authorization.install()
        iam.install()
        sts.install()
        bedrock.install()
        secretsmanager.install()
        # moto's own setting (MOTO_ACCOUNT_ID) would apply to every caller, even with another account's keys.
        vars(iam_models)["DEFAULT_ACCOUNT_ID"] = self.account_id
        self.reset()
        application = with_journal(DomainDispatcherApplication(create_backend_app))
        self._server = make_server(HOST, 0, application, threaded=True, request_handler=QuietHandler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="aws", daemon=True).start()

    def reset(self) -> None:
        """Empty every account."""
        moto_api_backend.reset()
        authorization.journal.clear()

    def stop(self) -> None:
        """End the server, if it runs, and empty every account."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            self.reset()


def with_journal(application: "WSGIApplication") -> "WSGIApplication":
    """Return `application` with the journal of decisions added at `JOURNAL`."""

    @Request.application
    def decisions(_: Request) -> Response:
        body = json.dumps({"authorizations": list(authorization.journal)})
        return Response(body, mimetype="application/json")

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        chosen = decisions if environ["PATH_INFO"] == JOURNAL else application
        return chosen(environ, start_response)

    return serve


class QuietHandler(MotoRequestHandler):
    """Log no requests: they contain policies with external IDs."""

    def log_request(self, *_: Any) -> None:
        pass

    def run_wsgi(self) -> None:
        # A client killed during a call is not worth a traceback.
        with suppress(ConnectionError):
            super().run_wsgi()
