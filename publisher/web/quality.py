"""``/catalog/quality``: how good the metadata of the catalogue are, as portals and assessors measure it.

The page is made of the build's assessment; in RDF the same is the graph ``quality``, in the Data Quality Vocabulary.
Both are there once the downloads of the build are complete.
"""

from flask import Blueprint, Response

from ..describe.dqv import DIMENSION_NAMES, NAME
from ..describe.quality import DIMENSIONS, FULL, rating
from ..describe.resource import serialize
from ..describe.vocabulary import PREFIXES
from ..errors import BeingWritten
from ..formats import BY_SUFFIX, GRAPH, HTML, Format
from ..publish.described import read_assessment
from . import resources
from .answers import choose_format, in_chosen_language, link_header, reader_language, send, send_page
from .files import RETRY_SECONDS
from .languages import N_
from .site import site

FORMATS = (HTML, *GRAPH)
PATH = "catalog/quality"
MOST_SETS = 100  # data sets that the page lists
MOST = 20  # failing resources that the page lists for each indicator
RATINGS = (N_("excellent"), N_("good"), N_("sufficient"), N_("bad"))  # what `rating` says, for translators

blueprint = Blueprint("quality", __name__)


@blueprint.get(f"/{PATH}")
@blueprint.get(f"/{PATH}.<suffix>")
def quality(suffix: str = "") -> Response:
    """What was found of the catalogue, as a page or as RDF."""
    given = BY_SUFFIX.get(suffix)
    if suffix and given not in FORMATS:
        return resources.document(f"{PATH}.{suffix}")
    format = choose_format(FORMATS, given)
    links = [link_header(site().address("catalog"), "collection")]
    links += [
        link_header(address(other), "describedby" if format is HTML else "alternate", other.media_type)
        for other in FORMATS
        if other is not format
    ]
    vary = () if given else ("Accept", "Accept-Language")
    own = in_chosen_language(address(format)) if format is HTML else address(format)
    headers = {} if given else {"Content-Location": own}
    if format is HTML:
        return answer_page(vary or ("Accept-Language",), links, headers)
    iri = site().base_iri + NAME
    triples = [quad.triple for quad in site().snapshot.derived(iri)]
    if not triples:
        raise BeingWritten(
            "the quality of the catalogue is measured once its downloads are complete",
            headers={"Retry-After": RETRY_SECONDS},
        )
    content = serialize(triples, format, site().prefixes | PREFIXES, first=iri)
    return send(content, format.content_type, vary=vary, links=links, headers=headers)


def address(format: Format) -> str:
    return f"{site().mount}{PATH}.{format.suffix}"


def answer_page(vary: tuple[str, ...], links: list[str], headers: dict[str, str]) -> Response:
    language, assessment = reader_language(), read_assessment(site().snapshot.directory)
    groups, datasets = [], []
    if assessment:
        found = assessment.quality
        for name in DIMENSIONS:
            results = [result for result in found.results if result.indicator.dimension == name]
            groups.append((site().say(DIMENSION_NAMES[name], language), *found.dimension(name), results))
        scores = [(dataset, found.scores.get(dataset.iri, 0)) for dataset in site().catalogue.datasets]
        datasets = sorted((score for score in scores if score[1] < FULL), key=lambda score: score[1])[:MOST_SETS]
    return send_page(
        "catalog_quality.html", vary=vary, links=links, headers=headers, assessment=assessment, groups=groups,
        datasets=datasets, full=FULL, rating=rating, most=MOST,
        formats=[(format, address(format)) for format in GRAPH],
    )  # fmt: skip
