"""Made-up data of any size: products, their features, offers and reviews, in the shape of the Berlin SPARQL Benchmark.

The same size gives the same bytes. ``python -m bench.market 100000 > market.nt`` writes about that many triples.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BASE = "http://market.example/schema/"  # of classes and properties
SITE = "http://market.test/"
THING = SITE + "id/"  # of products and all the rest
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
A_PRODUCT = 41  # triples that come with one product, its offers and reviews included
COUNTRIES = ("BE", "DE", "ES", "FR", "GB", "IT", "NL", "PT", "RO", "US")
WORDS = (
    "amber",
    "atlas",
    "birch",
    "bridge",
    "canal",
    "cedar",
    "clay",
    "cloud",
    "coast",
    "copper",
    "delta",
    "dune",
    "forge",
    "frost",
    "garden",
    "granite",
    "harbour",
    "island",
    "lake",
    "maple",
    "mill",
    "oak",
    "river",
    "salt",
)


@dataclass(frozen=True)
class Market:
    """How many there are of each kind, from the number of *triples* wanted."""

    triples: int

    @property
    def products(self) -> int:
        return max(20, self.triples // A_PRODUCT)

    @property
    def producers(self) -> int:
        return max(5, self.products // 25)

    @property
    def vendors(self) -> int:
        return max(5, self.products // 50)

    @property
    def persons(self) -> int:
        return max(5, self.products // 5)

    @property
    def features(self) -> int:
        return max(50, self.products // 20)

    @property
    def types(self) -> int:
        return max(10, self.products // 100)

    def lines(self) -> Iterator[str]:
        """N-Triples, each line with its end."""
        chance = random.Random(1987)
        for kind, count in (("Producer", self.producers), ("Vendor", self.vendors), ("Person", self.persons)):
            for number in range(count):
                one = node(f"{kind.lower()}/{number}")
                yield triple(one, RDF_TYPE, f"<{BASE}{kind}>")
                yield triple(one, LABEL, text(words(chance, 2)))
                yield triple(one, BASE + "country", node(f"country/{chance.choice(COUNTRIES)}"))
        for code in COUNTRIES:
            yield triple(node(f"country/{code}"), LABEL, text(code))
        for number in range(self.features):
            yield triple(node(f"feature/{number}"), LABEL, text(words(chance, 2)))
        for number in range(self.types):
            yield triple(node(f"type/{number}"), LABEL, text(words(chance, 1)))
        for number in range(self.products):
            yield from self._product(chance, number)

    def _product(self, chance: random.Random, number: int) -> Iterator[str]:
        product = node(f"product/{number}")
        yield triple(product, RDF_TYPE, f"<{BASE}Product>")
        yield triple(product, LABEL, text(words(chance, 3)))
        yield triple(product, BASE + "comment", text(words(chance, 25)))
        yield triple(product, BASE + "kind", node(f"type/{chance.randrange(self.types)}"))
        yield triple(product, BASE + "producer", node(f"producer/{chance.randrange(self.producers)}"))
        for name in ("size", "weight"):
            yield triple(product, BASE + name, typed(chance.randrange(2000), "integer"))
        for feature in sorted(chance.sample(range(self.features), 5)):
            yield triple(product, BASE + "feature", node(f"feature/{feature}"))
        for place in range(2):
            offer = node(f"offer/{number}-{place}")
            yield triple(offer, RDF_TYPE, f"<{BASE}Offer>")
            yield triple(offer, BASE + "product", product)
            yield triple(offer, BASE + "vendor", node(f"vendor/{chance.randrange(self.vendors)}"))
            yield triple(offer, BASE + "price", typed(f"{chance.randrange(500, 900000) / 100:.2f}", "decimal"))
            yield triple(offer, BASE + "validTo", typed(f"2026-{chance.randrange(1, 13):02}-15", "date"))
            yield triple(offer, BASE + "deliveryDays", typed(chance.randrange(1, 15), "integer"))
        for place in range(2):
            review = node(f"review/{number}-{place}")
            yield triple(review, RDF_TYPE, f"<{BASE}Review>")
            yield triple(review, BASE + "reviewOf", product)
            yield triple(review, BASE + "reviewer", node(f"person/{chance.randrange(self.persons)}"))
            yield triple(review, BASE + "title", text(words(chance, 4)))
            yield triple(review, BASE + "text", text(words(chance, 30)))
            for name in ("rating1", "rating2"):
                yield triple(review, BASE + name, typed(chance.randrange(1, 11), "integer"))
            yield triple(review, BASE + "reviewDate", typed(f"2025-{chance.randrange(1, 13):02}-20", "date"))

    def write(self, path: Path) -> int:
        """Write the data to *path*; returns the number of triples."""
        with path.open("w", encoding="utf-8") as file:
            return sum(1 for line in self.lines() if file.write(line))


def node(path: str) -> str:
    return f"<{THING}{path}>"


def text(value: str) -> str:
    return f'"{value}"@en'


def typed(value: object, datatype: str) -> str:
    return f'"{value}"^^<{XSD}{datatype}>'


def triple(subject: str, predicate: str, object: str) -> str:
    return f"{subject} <{predicate}> {object} .\n"


def words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count))


if __name__ == "__main__":
    sys.stdout.writelines(Market(int(sys.argv[1])).lines())
