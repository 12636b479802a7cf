"""What an error means for people, in words of the interface: a heading, and what to do.

Programs read the title and detail of the problem document instead, which are English (errors.py).
"""

from dataclasses import dataclass

from .. import errors
from ..errors import PublisherError
from .languages import N_


@dataclass(frozen=True)
class Advice:
    """A heading and a sentence or two, both to be translated where they are shown."""

    heading: str
    text: str


UNEXPECTED = Advice(
    N_("Something went wrong"), N_("This is a fault of this service. It has been recorded; please try again later.")
)
_READ_ONLY = N_("Nothing can be changed here")
OF_ERROR: dict[type[PublisherError], Advice] = {
    errors.SnapshotMissing: Advice(
        N_("Nothing is published yet"), N_("The data are being prepared. Come back in a moment.")
    ),
    errors.BeingWritten: Advice(
        N_("Still being written"), N_("What you ask for is just being renewed. Try again in a moment.")
    ),
    errors.QueryError: Advice(
        N_("The query was not understood"), N_("Correct it where the message says, and ask again.")
    ),
    errors.QueryTooComplex: Advice(
        N_("The query is too complex"), N_("Ask for less at once: with fewer nested parts, or fewer values.")
    ),
    errors.QueryUnsupported: Advice(
        N_("The query is not supported"), N_("It uses something that is not offered here. Write it in another way.")
    ),
    errors.RequestError: Advice(
        N_("The request was not understood"),
        N_("Something in the address is wrong. The message says what would be right."),
    ),
    errors.PayloadTooLarge: Advice(
        N_("The request is too large"), N_("Send a shorter one, or several, one after the other.")
    ),
    errors.UnsupportedMedia: Advice(
        N_("This kind of content is not read here"), N_("Send the query as a form, or as application/sparql-query.")
    ),
    errors.QueryCancelled: Advice(N_("The query was cancelled"), N_("Run it again when you want its answer.")),
    errors.UpdateRefused: Advice(
        _READ_ONLY, N_("This service answers queries. It takes no updates.")
    ),
    errors.ReadOnly: Advice(
        _READ_ONLY, N_("What is at this address can be read, and not be written.")
    ),
    errors.ServiceRefused: Advice(
        N_("Other servers are not asked from here"),
        N_("The query calls on another server. Run it where the other data are, or by a program of your own."),
    ),
    errors.NotFound: Advice(
        N_("Nothing is found here"), N_("Look for slips in the address, or search for what you want.")
    ),
    errors.Gone: Advice(
        N_("This was withdrawn"), N_("It was published here once. What replaces it, if anything, is named with it.")
    ),
    errors.NotAcceptable: Advice(
        N_("Not offered in this form"), N_("What you ask for exists, but in other formats than the one you ask for.")
    ),
    errors.RangeNotSatisfiable: Advice(
        N_("The file has no such part"), N_("It is shorter than that. Download it from the beginning.")
    ),
    errors.LimitExceeded: Advice(
        N_("This takes too much"),
        N_("The answer needs more time or room than one question gets. Ask for less at once."),
    ),
    errors.ServerBusy: Advice(
        N_("Too busy at the moment"), N_("Many questions are being answered. Try again in a moment.")
    ),
    errors.TooManyQueries: Advice(
        N_("Too many queries at once"), N_("Wait for the answers to your other queries, then ask again.")
    ),
}  # fmt: skip
_OF_STATUS = {404: errors.NotFound, 405: errors.ReadOnly, 406: errors.NotAcceptable, 413: errors.PayloadTooLarge}


def of_error(kind: type[PublisherError]) -> Advice:
    """The advice for a kind of error: its own, else that of the kind it belongs to."""
    return next((OF_ERROR[base] for base in kind.__mro__ if base in OF_ERROR), UNEXPECTED)


def of_status(status: int) -> Advice:
    """The advice for a status code of HTTP, where no more is known."""
    if status in _OF_STATUS:
        return OF_ERROR[_OF_STATUS[status]]
    return OF_ERROR[errors.RequestError] if 400 <= status < 500 else UNEXPECTED
