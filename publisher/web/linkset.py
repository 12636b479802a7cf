"""``/linkset?iri=``: all links between a page, its metadata and its files, in one document.

Source: RFC 9264; FAIR Signposting Profile, level 2.
"""

from flask import Blueprint, Response

from ..describe.signposts import Landing, linkset_json, linkset_text
from ..errors import NotFound, RequestError
from ..formats import LINKSET, LINKSET_JSON
from . import resources
from .answers import choose_format, parameters, send
from .signposting import in_catalogue, of_catalogue
from .site import site

MOST_NAMED = 100  # data sets that an error lists

blueprint = Blueprint("linkset", __name__)


@blueprint.get("/linkset")
def linkset() -> Response:
    """The links of what ``?iri=`` names: the catalogue, something in it, or a resource."""
    iri = parameters().one("iri")
    if not iri:
        raise RequestError("parameter iri is missing; /linkset?iri=https://… is right", parameter="iri")
    format = choose_format((LINKSET_JSON, LINKSET))
    links = landing(iri).links()
    content = linkset_json(links) if format is LINKSET_JSON else linkset_text(links)
    return send(content, format.media_type, vary=("Accept",))


def landing(iri: str) -> Landing:
    """The page about *iri*; of a part of a document (a hash IRI of ours) the page about that document.

    raises   NotFound
    """
    here = site()
    part = in_catalogue(iri)
    if part:
        return of_catalogue(part)
    if iri.startswith(here.base_iri):
        iri = iri.partition("#")[0]
    if iri not in here.graph_sizes and not here.store.contains(iri):
        known = [dataset.iri for dataset in here.catalogue.datasets[:MOST_NAMED]]
        raise NotFound(f"nothing is known here about {iri}; data sets have links, and resources", datasets=known)
    return resources.landing(resources.Document(iri, here.path_of(iri) or ""))
