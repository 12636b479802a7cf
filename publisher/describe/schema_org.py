"""The catalogue in the words of schema.org, for the search engines that look for data sets.

What is not stated in the catalogue is left out. Sources: schema.org Dataset, DataCatalog and DataDownload; the
required and recommended properties of Google's Dataset Search.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pyoxigraph import NamedNode

from .catalogue import Catalogue, Dataset, Distribution, Node
from .vocabulary import ACCESS_RIGHT, DCAT, DCTERMS, FOAF, PROV, VCARD

SOURCE = "https://schema.org/"
FREE = ACCESS_RIGHT.PUBLIC.value
SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION = 50, 5000  # characters that are read
MOST_PLACES = 100


def script(document: dict[str, Any]) -> str:
    """*document* as the text of a script element of type ``application/ld+json``, which nothing in it can end."""
    return json.dumps(document, ensure_ascii=False, indent=1).replace("<", "\\u003c")


def data_set(catalogue: Catalogue, dataset: Dataset, language: str) -> dict[str, Any]:
    """The schema.org Dataset of *dataset*, its words for a reader of *language*."""
    page, whole = dataset.value(DCAT.landingPage), catalogue.title(language).value
    return _stated({
        "@context": SOURCE,
        "@type": "Dataset",
        "@id": dataset.iri,
        **_common(dataset, language, whole),
        "url": page or dataset.iri,
        "identifier": dataset.values(DCTERMS.identifier),
        "version": dataset.value(DCAT.version),
        "isAccessibleForFree": FREE in dataset.iris(DCTERMS.accessRights) or None,
        "temporalCoverage": [_period(node) for node in dataset.nodes(DCTERMS.temporal)],
        "spatialCoverage": [_place(node, language) for node in dataset.nodes(DCTERMS.spatial)[:MOST_PLACES]],
        "isBasedOn": dataset.iris(PROV.wasDerivedFrom),
        "isPartOf": dataset.iris(DCTERMS.isPartOf),
        "includedInDataCatalog": {
            "@type": "DataCatalog", "@id": catalogue.iri, "name": whole,
            "url": catalogue.value(FOAF.homepage),
        },
        "distribution": [_download(distribution, language) for distribution in dataset.distributions],
    })  # fmt: skip


def data_catalogue(catalogue: Catalogue, datasets: Sequence[Dataset], language: str) -> dict[str, Any]:
    """The schema.org DataCatalog of *catalogue*, with those of its data sets that are on the page."""
    whole = catalogue.title(language).value
    return _stated({
        "@context": SOURCE,
        "@type": "DataCatalog",
        "@id": catalogue.iri,
        **_common(catalogue, language, whole),
        "url": catalogue.value(FOAF.homepage) or catalogue.iri,
        "dataset": [
            _stated({
                "@type": "Dataset", "@id": dataset.iri, "name": dataset.title(language).value,
                "description": _description(dataset, language, whole),
                "url": dataset.value(DCAT.landingPage) or dataset.iri, "license": dataset.licence,
                "creator": _agents(dataset, language),
            })
            for dataset in datasets
        ],
    })  # fmt: skip


def _common(node: Node, language: str, whole: str) -> dict[str, Any]:
    """What is said of a data set and of a catalogue alike; *whole* is the title of the catalogue."""
    keywords = node.texts(DCAT.keyword)
    own = [word.value for word in keywords if word.language in (language, "")]
    title = node.title(language)
    return {
        "name": title.value,
        "alternateName": [other.value for other in node.texts(DCTERMS.title) if other != title],
        "description": _description(node, language, whole),
        "keywords": own or [word.value for word in keywords],
        "license": node.licence,
        "creator": _agents(node, language),
        "publisher": _agents(node, language, publisher=True),
        "datePublished": node.issued,
        "dateModified": node.modified,
    }


def _description(node: Node, language: str, whole: str) -> str:
    """The description; one that is too short to be read says what it is a part of."""
    label = node.description(language)
    if not label:
        return ""
    long_enough = len(label.value) >= SHORTEST_DESCRIPTION or node.title(language).value == whole
    return label.value[:LONGEST_DESCRIPTION] if long_enough else f"{label.value} ({whole})"


def _agents(node: Node, language: str, *, publisher: bool = False) -> list[dict[str, Any]]:
    """Creators, or else the publisher; each is an organisation, unless it is said to be a person."""
    agents = (() if publisher else node.nodes(DCTERMS.creator)) or node.nodes(DCTERMS.publisher)
    contacts = [_contact(contact, language) for contact in node.nodes(DCAT.contactPoint)]
    return [
        _stated({
            "@type": "Person" if agent.is_a(FOAF.Person) else "Organization",
            "@id": _named(agent),
            "name": agent.title(language).value,
            "url": _address(agent, FOAF.homepage),
            "contactPoint": contacts if publisher else [],
        })
        for agent in agents
    ]  # fmt: skip


def _contact(contact: Node, language: str) -> dict[str, Any]:
    name = contact.text(VCARD.fn, language)
    return _stated({
        "@type": "ContactPoint",
        "contactType": name.value if name else "",
        "email": contact.value(VCARD.hasEmail).removeprefix("mailto:"),
        "url": _address(contact, VCARD.hasURL),
    })  # fmt: skip


def _period(period: Node) -> str:
    """An interval of ISO 8601; ".." is an open end."""
    start, end = period.value(DCAT.startDate), period.value(DCAT.endDate)
    return f"{start or '..'}/{end or '..'}" if start or end else ""


def _place(place: Node, language: str) -> dict[str, Any]:
    name = place.title(language).value
    return _stated({"@type": "Place", "@id": _named(place), "name": name if name != place.iri else ""})


def _download(distribution: Distribution, language: str) -> dict[str, Any]:
    name = distribution.text(DCTERMS.title, language)
    return _stated({
        "@type": "DataDownload",
        "@id": distribution.iri,
        "name": name.value if name else "",
        "contentUrl": distribution.download_url or distribution.access_url,
        "encodingFormat": distribution.media_type,
        "contentSize": f"{distribution.bytes} B" if distribution.bytes is not None else "",
        "sha256": distribution.sha256,
        "license": distribution.licence,
        "dateModified": distribution.modified,
    })  # fmt: skip


def _address(node: Node, property: NamedNode) -> str:
    """The first value of *property* that is an address of the web, "" without one."""
    return next((iri for iri in node.iris(property) if iri.startswith(("http://", "https://"))), "")


def _named(node: Node) -> str:
    """IRI of *node*, "" for a blank node, whose label means nothing elsewhere."""
    return "" if node.iri.startswith("_:") else node.iri


def _stated(members: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty; of one value the value itself."""
    found = {}
    for name, value in members.items():
        values = _filled(value) if isinstance(value, list | tuple) else value
        if values not in ("", None, [], ()):
            found[name] = values[0] if isinstance(values, list) and len(values) == 1 else values
    return found


def _filled(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value not in ("", None, {})]
