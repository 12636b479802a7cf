"""What is asked of the servers: queries over the made-up market, and which of them come again."""

import random
from collections.abc import Callable
from urllib.parse import urlencode

from .market import BASE, COUNTRIES, THING, Market

PROLOGUE = f"PREFIX m: <{BASE}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "

Draw = Callable[[random.Random, Market], str]


def similar_products(chance: random.Random, market: Market) -> str:
    """Products of a type and of a least size (BSBM explore 1)."""
    return (
        "SELECT DISTINCT ?product ?label { ?product rdfs:label ?label ;"
        f" m:kind {any_of(chance, 'type', market.types)} ; m:size ?size ."
        f" FILTER(?size > {chance.randrange(1500)}) }} ORDER BY ?label LIMIT 10"
    )


def product_with_offers(chance: random.Random, market: Market) -> str:
    """All about one product with its producer and features (BSBM explore 2)."""
    product = any_of(chance, "product", market.products)
    return (
        f"SELECT ?label ?comment ?producer ?feature ?size {{ {product} rdfs:label ?label ; m:comment ?comment ;"
        f" m:producer/rdfs:label ?producer ; m:feature/rdfs:label ?feature ; m:size ?size }}"
    )


def neighbours(chance: random.Random, market: Market) -> str:
    """Products that share a feature with one and are of about its size (BSBM explore 5)."""
    product = any_of(chance, "product", market.products)
    return (
        f"SELECT DISTINCT ?other ?label {{ {product} m:feature ?feature ; m:size ?size . ?other m:feature ?feature ;"
        f" rdfs:label ?label ; m:size ?like . FILTER({product} != ?other && ?like < ?size + 120 && ?like > ?size - 120)"
        " } ORDER BY ?label LIMIT 5"
    )


def offers_and_reviews(chance: random.Random, market: Market) -> str:
    """A product's offers from one country, and its reviews where there are any (BSBM explore 7)."""
    product = any_of(chance, "product", market.products)
    country = f"<{THING}country/{chance.choice(COUNTRIES)}>"
    return (
        f"SELECT ?label ?price ?vendor ?title ?rating {{ {product} rdfs:label ?label ."
        f" OPTIONAL {{ ?offer m:product {product} ; m:price ?price ; m:vendor ?vendor . ?vendor m:country {country} }}"
        f" OPTIONAL {{ ?review m:reviewOf {product} ; m:reviewer ?person ; m:title ?title ."
        " OPTIONAL { ?review m:rating1 ?rating } } }"
    )


def ratings_by_producer(chance: random.Random, market: Market) -> str:
    """The mean rating of the products of a type, by producer: an aggregate over three joins."""
    return (
        "SELECT ?producer (AVG(?rating) AS ?mean) (COUNT(*) AS ?reviews) { ?review m:reviewOf ?product ;"
        f" m:rating1 ?rating . ?product m:kind {any_of(chance, 'type', market.types)} ; m:producer ?producer }}"
        " GROUP BY ?producer ORDER BY DESC(?mean) LIMIT 10"
    )


def cheap_offers(chance: random.Random, market: Market) -> str:
    """The cheapest offers of a product that come within days (BSBM explore 10)."""
    return (
        f"SELECT DISTINCT ?offer ?price {{ ?offer m:product {any_of(chance, 'product', market.products)} ;"
        " m:vendor ?vendor ; m:deliveryDays ?days ; m:price ?price . FILTER(?days <= 10) } ORDER BY ?price LIMIT 10"
    )


JOINS: tuple[Draw, ...] = (
    similar_products,
    product_with_offers,
    neighbours,
    offers_and_reviews,
    ratings_by_producer,
    cheap_offers,
)


def joins(market: Market, count: int) -> list[str]:
    """Queries of the six shapes in turn, with random parameters."""
    chance = random.Random(2012)
    return [JOINS[number % len(JOINS)](chance, market) for number in range(count)]


def points(market: Market, count: int) -> list[str]:
    """All statements about one product: short work, and no text comes twice."""
    chance = random.Random(1995)
    return [
        f"SELECT ?p ?o {{ {any_of(chance, 'product', market.products)} ?p ?o }} LIMIT {100 + number}"
        for number in range(count)
    ]


def repeated(market: Market, count: int) -> list[str]:
    """As programs and pages ask: a thousand different queries, the n-th asked 1/n times as often as the first."""
    different = joins(market, 1000)
    chance = random.Random(250)
    return chance.choices(different, weights=[1 / place for place in range(1, 1001)], k=count)


def as_path(query: str) -> str:
    """Query string of a GET request (SPARQL 1.1 Protocol, section 2.1.1)."""
    return "?" + urlencode({"query": PROLOGUE + query})


def any_of(chance: random.Random, kind: str, count: int) -> str:
    return f"<{THING}{kind}/{chance.randrange(count)}>"
