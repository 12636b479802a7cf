"""The diagram of an ontology: its classes and the properties between them, with the same in a list.

A property joins the classes that the ontology says it is for; and, of a class of the ontology, those that the rules
for the data (SHACL) ask as its values, unless several classes share the rule: what everything has tells nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from .drawing import Drawing, draw
from .names import Link
from .ontology import Ontology
from .site import Site


@dataclass(frozen=True)
class Diagram:
    """The drawing, and what it says: (class, property, class), and (class, the class that it is a kind of).

    links  class or property -> its name, and where it is told
    """

    drawing: Drawing
    relations: tuple[tuple[Link, Link, Link], ...]
    kinds: tuple[tuple[Link, Link], ...]
    links: dict[str, Link]


def read_diagram(site: Site, iri: str, ontology: Ontology, language: str) -> Diagram | None:
    """The diagram for a reader of *language*; None when there is nothing to draw, or too much."""
    relations = sorted({*ontology.relations, *_asked(site, iri)})
    terms = {end for relation in relations for end in relation} | {end for pair in ontology.parents for end in pair}
    links = {term: site.link(term, language) for term in terms}
    drawing = draw(relations, ontology.parents, {term: link.text.value for term, link in links.items()})
    if drawing is None:
        return None
    drawn = {box.iri for box in drawing.boxes}
    return Diagram(
        drawing,
        tuple((links[source], links[property_], links[target]) for source, property_, target in relations),
        tuple((links[child], links[parent]) for child, parent in ontology.parents if parent in drawn),
        links,
    )


def _asked(site: Site, iri: str) -> Iterator[tuple[str, str, str]]:
    """(class, property, class) as the rules for the data ask it of the classes of the ontology."""
    for shape in site.shapes:
        for source in shape.aims("targetClass"):
            for inner in shape.properties if source.startswith(iri) else ():
                for target in inner.values("class"):
                    if inner.path and inner.path.iri and not inner.shared and isinstance(target, NamedNode):
                        yield source, inner.path.iri, target.value
