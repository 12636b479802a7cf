"""``/sameas?uri=``: from what others call a thing, in Wikidata, GeoNames or a table of codes, to our resource."""

from flask import Blueprint, Response

from ..errors import NotFound, RequestError
from ..formats import HTML, PLAIN_JSON
from .answers import choose_format, parameters, reader_language, redirect, send_page
from .jsonp import send_json
from .query_request import check_iri
from .resources import with_query
from .site import site
from .terms import named

MOST_LISTED = 50  # namespaces that an error lists
VARY = ("Accept", "Accept-Language")

blueprint = Blueprint("sameas", __name__)


@blueprint.get("/sameas")
def same_as() -> Response:
    """303 to the one resource that is said to be the same; 300 and a list when several are."""
    uri = parameters().one("uri")
    if not uri:
        right = "?uri=http://www.wikidata.org/entity/Q42 would be right"
        raise RequestError(f"parameter uri is missing; {right}", parameter="uri", linked=linked())
    found = site().matcher.identified(uri)
    if not found:
        check_iri("uri", uri)
        raise NotFound(f"nothing here is said to be the same as {uri}", uri=uri, linked=linked())
    if len(found) == 1:
        return redirect(with_query(site().href(found[0]), "uri"), 303)
    language = reader_language()
    if choose_format((PLAIN_JSON, HTML)) is HTML:
        things = [site().link(iri, language) for iri in found]
        return send_page("sameas.html", status=300, vary=VARY, uri=uri, things=things)
    resources = [named(iri, language) | {"href": site().href(iri)} for iri in found]
    return send_json({"uri": uri, "resources": resources}, status=300, vary=VARY)


def linked() -> dict[str, int]:
    """Into which namespaces there are links from here, and how many."""
    return dict(list(site().index.linked_spaces().items())[:MOST_LISTED])
