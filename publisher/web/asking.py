"""The application asked in its own process, as a portal would ask it over the network."""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from werkzeug.test import create_environ, run_wsgi_app

from ..describe.checklists import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MOST_REDIRECTS = 5


class Asking:
    """Asks *app* for addresses that begin with *location*; others stay without an answer, no network is used.

    What *app* answers does not change, so HEAD after another request costs nothing.
    """

    def __init__(self, app: "WSGIApplication", location: str) -> None:
        self._app = app
        self._location = location
        self._heads: dict[tuple[str, str], Answer] = {}

    def __call__(self, method: str, address: str, accept: str = "*/*") -> Answer:
        """The answer to a request, redirects followed as long as they lead to this server."""
        answer = Answer()
        for _ in range(MOST_REDIRECTS):
            if not address.startswith(self._location):
                return answer
            answer = self._once(method, address, accept)
            if not 300 <= answer.status < 400 or "location" not in answer.headers:
                return answer
            address = urljoin(address, answer.headers["location"])
        return answer

    def _once(self, method: str, address: str, accept: str) -> Answer:
        address = address.partition("#")[0]
        if method == "HEAD" and (address, accept) in self._heads:
            return self._heads[address, accept]
        path = urljoin(address, "/")
        environ = create_environ(address.removeprefix(path[:-1]), path, method=method, headers={"Accept": accept})
        body, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        with_names = {name.lower(): value for name, value in headers.items()}
        answer = Answer(int(status.partition(" ")[0]), with_names, b"".join(body), address)
        self._heads[address, accept] = replace(answer, body=b"")
        return answer
