"""What this process makes itself, pages and descriptions: few at once, and one client's not before all others'.

An answer that is kept costs nothing, but whoever varies what it is kept under has it made anew each time. A page
takes some 5 to 100 ms of the one thread that runs Python at a time, so more than a few at once only delay each
other and everything else. Queries have turns of their own (``store/turns.py``), and files are not made.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from ..errors import ServerBusy
from ..store.turns import Turns
from .client import CLIENT
from .refusal import refuse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TURNS = "publisher.rendering"  # from here takes its turns who waits for a worker first, or does its work in parts
TURN = "publisher.turn"  # what a request has that was given its turn at once
PLACES = 4  # more only slow each other down; with fewer, long pages hold up short ones
IN_PARTS = "reconcile"  # a batch of questions takes a turn for each, and lets others in between
CANCEL = "sparql/cancel"  # makes room, and must not wait for it
NOT_MADE_HERE = frozenset({"dump", "static", "context", "frames", "healthz", "metrics", "robots.txt"})


class Rendering:
    """Wraps the WSGI application of a snapshot, inside its cache.

    mount    path of PUBLIC_URL
    line     requests that wait for their turn at once; the busiest client's latest is refused beyond
    seconds  longest wait
    """

    def __init__(self, app: "WSGIApplication", mount: str, line: int, seconds: float) -> None:
        self.app = app
        self.mount = unquote(mount, "latin-1")  # as WSGI hands paths over: decoded, one character a byte
        self.turns = Turns(PLACES, line, seconds)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (PEP 3333); 429 or 503 with Retry-After, when too many wait."""
        path = environ.get("PATH_INFO", "").removeprefix(self.mount).lstrip("/")
        if path.partition("/")[0] in NOT_MADE_HERE or path in (IN_PARTS, CANCEL) or asks_a_worker(path, environ):
            environ[TURNS] = self.turns
            return self.app(environ, start_response)
        try:
            with ExitStack() as turn:
                turn.enter_context(self.turns.turn(str(environ.get(CLIENT, ""))))
                environ[TURN] = turn, self.turns
                return self.app(environ, start_response)
        except ServerBusy as busy:
            title = "Too many requests at once" if busy.status == 429 else "Server busy"
            detail = "more pages are asked for than can be made at once; try again in a moment"
            return refuse(start_response, busy.status, title, detail, busy.headers)


@contextmanager
def while_waiting(environ: "WSGIEnvironment") -> Iterator[None]:
    """Let others have the turn of this request while workers work for it. Raises ServerBusy when none is free after."""
    turn, turns = environ.get(TURN, (None, None))
    if turn is None:
        yield
        return
    turn.close()
    yield
    turn.enter_context(turns.turn(str(environ.get(CLIENT, ""))))


def asks_a_worker(path: str, environ: "WSGIEnvironment") -> bool:
    """Does the request bring a query, or name one? What is written for it afterwards takes a turn then."""
    if path.rstrip("/") == "sparql":
        names = (pair.partition("=")[0] for pair in environ.get("QUERY_STRING", "").split("&"))
        return environ["REQUEST_METHOD"] == "POST" or any(unquote_plus(name) == "query" for name in names)
    return path.startswith("api/") and path != "api/openapi.json"
