"""Queries that strangers could send to do harm: a table of names and texts, for tests and for the bench."""

from collections.abc import Iterator, Sequence

ALL = "?a ?b ?c"
MANY = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o . ?p ?q ?r"  # a cartesian product
MEGABYTE = 1_000_000


def attacks(depths: Sequence[int] = (1_000, 10_000, 100_000), size: int = MEGABYTE) -> Iterator[tuple[str, str]]:
    """Name and text of each.

    depths  how deep constructs are nested
    size    of the long texts, in characters, about
    """
    for depth in depths:
        for name, text in _nested(depth):
            yield f"{name}, {depth:,} deep", text
    yield from _explosions()
    yield from _large(size)


def _nested(depth: int) -> Iterator[tuple[str, str]]:
    """One construct inside itself."""

    def inside(opening: str, middle: str, closing: str) -> str:
        return opening * depth + middle + closing * depth

    yield "groups", f"ASK {inside('{', ALL, '}')}"
    yield "brackets", f"ASK {{ FILTER{inside('(', '1', ')')} }}"
    yield "blank nodes", f"ASK {{ ?s ?p {inside('[ ?p ', '1', ']')} }}"
    yield "collections", f"ASK {{ ?s ?p {inside('(', '1', ')')} }}"
    yield "a long collection", f"ASK {{ ?s ?p ({'1 ' * depth}) }}"
    yield "brackets of a path", f"ASK {{ ?s {inside('(', '<x:>', ')')} ?o }}"
    yield "stars of a path", f"ASK {{ ?s {inside('(', '<x:>', ')*')} ?o }}"
    yield "inversions of a path", f"ASK {{ ?s {inside('^(', '<x:>', ')')} ?o }}"
    yield "steps of a path", f"ASK {{ ?s {'<x:>/' * depth}<x:> ?o }}"
    yield "choices of a path", f"ASK {{ ?s {'<x:>|' * depth}<x:> ?o }}"
    yield "function calls", f"ASK {{ FILTER({inside('STR(', '1', ')')} = '1') }}"
    yield "IF", f"ASK {{ FILTER({inside('IF(true, ', '1', ', 0)')} = 1) }}"
    yield "NOT EXISTS", f"ASK {{ {inside('FILTER NOT EXISTS {', ALL, '}')} }}"
    yield "subselects", f"SELECT * {{ {inside('{ SELECT * {', ALL, '}}')} }}"
    yield "OPTIONAL", f"SELECT * {{ {inside('OPTIONAL { ?a ?b ?c ', '', '}')} }} LIMIT 1"
    yield "MINUS", f"SELECT * {{ ?a ?b ?c {inside('MINUS { ?a ?b ?c ', '', '}')} }} LIMIT 1"
    yield "GRAPH", f"ASK {{ {inside('GRAPH ?g {', ALL, '}')} }}"
    yield "signs", f"ASK {{ FILTER({'-(' * depth}1{')' * depth} = 1) }}"
    yield "negations", f"ASK {{ FILTER({'!' * depth}true) }}"
    yield "sums", f"ASK {{ FILTER({'1+' * depth}1 > 0) }}"
    yield "conjunctions", f"ASK {{ FILTER({'?a = 1 && ' * depth}true) }}"
    yield "alternatives", f"ASK {{ {'{} UNION ' * depth}{{}} }}"
    yield "IN", f"ASK {{ FILTER(1 IN ({'1,' * depth}1)) }}"
    yield "unclosed groups", f"ASK {'{' * depth}"
    yield "unclosed brackets", f"ASK {{ FILTER({'(' * depth}"


def _explosions() -> Iterator[tuple[str, str]]:
    """Short texts with much work."""
    yield "5,000 alternatives with matches", "SELECT * { " + " UNION ".join(["{ ?a ?b ?c }"] * 5000) + " }"
    yield "path explosion", "SELECT (COUNT(*) AS ?n) { ?a ((!<x:>|^!<y:>)*)* ?b . ?b (!<x:>|^!<y:>)+ ?c }"
    yield "path from everywhere", "SELECT * { ?a (!<x:>|^!<x:>)* ?b . ?b (!<x:>|^!<x:>)* ?c . ?c !<x:>+ ?d }"
    yield "COUNT", f"SELECT (COUNT(*) AS ?n) {{ {MANY} }}"
    yield "COUNT DISTINCT", f"SELECT (COUNT(DISTINCT *) AS ?n) {{ {MANY} }}"
    yield "GROUP BY", f"SELECT ?a ?d ?g ?j (COUNT(*) AS ?n) {{ {MANY} }} GROUP BY ?a ?d ?g ?j"
    yield "ORDER BY", f"SELECT * {{ {MANY} }} ORDER BY ?r ?o ?l ?i"
    yield "DISTINCT", f"SELECT DISTINCT * {{ {MANY} }}"
    yield "a large result", f"SELECT * {{ {MANY} }}"
    yield "a large OFFSET", f"SELECT * {{ {MANY} }} OFFSET 99999999999 LIMIT 1"
    yield (
        "NOT EXISTS over a product",
        f"SELECT (COUNT(*) AS ?n) {{ {MANY} FILTER NOT EXISTS {{ ?r ?a ?d . ?x ?y ?z }} }}",
    )
    yield "MINUS over a product", f"SELECT (COUNT(*) AS ?n) {{ {MANY} MINUS {{ ?a ?b ?c . ?p ?q ?r }} }}"
    yield "OPTIONAL over a product", f"SELECT (COUNT(*) AS ?n) {{ {MANY} OPTIONAL {{ ?u ?v ?w . ?x ?y ?z }} }}"
    yield "GROUP_CONCAT", f"SELECT (GROUP_CONCAT(?c) AS ?all) {{ {MANY} }}"
    yield "SAMPLE and AVG", f"SELECT (SAMPLE(?c) AS ?s) (AVG(STRLEN(STR(?f))) AS ?l) {{ {MANY} }}"
    yield (
        "REGEX",
        f"SELECT (COUNT(*) AS ?n) {{ {MANY} FILTER REGEX(STR(?r), '^(([a-z])+.)+([a-z])+$') }}",
    )
    yield "REGEX that backtracks", f"ASK {{ FILTER REGEX('{'a' * 5000}!', '^(a+)+(a|aa)+$') }}"
    yield "REGEX of many states", "ASK { FILTER REGEX('a', '((((a{1,100}){1,100}){1,100}){1,100}){1,100}') }"
    yield "REGEX of a long pattern", f"ASK {{ FILTER REGEX('a', '{'(a|b)?' * 20_000}') }}"
    yield (
        "REPLACE that grows",
        (
            "SELECT (STRLEN(?t12) AS ?n) { BIND('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' AS ?t0) "
            + " ".join(f"BIND(REPLACE(?t{n}, 'a', ?t{n}) AS ?t{n + 1})" for n in range(12))
            + " }"
        ),
    )
    yield (
        "CONCAT that doubles",
        (
            "SELECT (STRLEN(?t60) AS ?n) { BIND('aaaaaaaa' AS ?t0) "
            + " ".join(f"BIND(CONCAT(?t{n}, ?t{n}) AS ?t{n + 1})" for n in range(60))
            + " }"
        ),
    )
    yield (
        "a product of constants",
        ("SELECT (COUNT(*) AS ?n) { " + " ".join(f"VALUES ?v{n} {{ {'1 ' * 10} }}" for n in range(20)) + " }"),
    )
    yield "CONSTRUCT", f"CONSTRUCT {{ ?a ?e ?i . ?d ?h ?c . ?g ?b ?f }} {{ {MANY} }}"
    yield "CONSTRUCT of blank nodes", f"CONSTRUCT {{ [] ?b [ ?e [ ?h _:x ] ] }} {{ {MANY} }}"
    yield "DESCRIBE of everything", "DESCRIBE * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    yield "fresh values", f"SELECT (UUID() AS ?u) (BNODE() AS ?node) (RAND() AS ?number) {{ {MANY} }}"
    yield "hashes", f"SELECT (COUNT(SHA512(CONCAT(STR(?c), STR(?f)))) AS ?n) {{ {MANY} }}"
    yield (
        "a join in the wrong order",
        "SELECT (COUNT(*) AS ?n) { { ?a ?b ?c } { ?d ?e ?f } { ?a ?e ?z } FILTER(?c < ?f) }",
    )
    yield (
        "LATERAL by EXISTS",
        "SELECT * { ?a ?b ?c FILTER EXISTS { ?d ?e ?f FILTER EXISTS { ?g ?h ?i FILTER(?a = ?i) } } }",
    )


def _large(size: int) -> Iterator[tuple[str, str]]:
    """Long texts of all shapes."""
    yield "VALUES", f"SELECT (COUNT(*) AS ?n) {{ VALUES ?v {{ {'1 ' * (size // 2)} }} }}"
    yield "VALUES of rows", f"SELECT * {{ VALUES (?v ?w) {{ {'(1 2)' * (size // 5)} }} }}"
    yield (
        "a product of VALUES",
        "SELECT * { " + " ".join(f"VALUES ?v{n} {{ {'1 ' * (size // 20)} }}" for n in range(9)) + " }",
    )
    yield "triple patterns", f"ASK {{ {'?a ?b ?c .' * (size // 10)} }}"
    yield "variables", "SELECT * { " + " ".join(f"?v{n} <x:> 1 ." for n in range(size // 20)) + " }"
    yield "objects", f"ASK {{ ?s ?p {'1,' * (size // 2)}1 }}"
    yield "BIND", "SELECT * { " + " ".join(f"BIND(1 AS ?v{n})" for n in range(size // 20)) + " }"
    yield "FILTER", f"ASK {{ {'FILTER(1=1)' * (size // 11)} }}"
    yield "prefixes", " ".join(f"PREFIX p{n}: <x:{n}>" for n in range(size // 25)) + " ASK { ?s p9: ?o }"
    yield (
        "prefixes of a graph",
        (" ".join(f"PREFIX p{n}: <x:{n}>" for n in range(size // 25)) + " CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"),
    )
    yield "prefixes that do not end", f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o }} # {'PREFIX a:<a:' * (size // 13)}"
    yield "one prefix again", f"{'PREFIX a: <x:> ' * (size // 20)} ASK {{ ?s a: ?o }}"
    yield "an IRI", f"ASK {{ <x:{'a' * size}> ?p ?o }}"
    yield "an IRI of steps", f"BASE <http://x/> ASK {{ <{'a/../' * (size // 6)}> ?p ?o }}"
    yield "a string", f"ASK {{ ?s ?p '{'a' * size}' }}"
    yield "escapes", "ASK { ?s ?p '" + "\\u0061" * (size // 6) + "' }"
    yield "comments", "#\n" * (size // 2) + "ASK {}"
    yield "spaces", " " * (size) + "ASK {}"
    yield "a word", "A" * size
    yield "quotes", "'" * size
    yield "openings of IRIs", "ASK { " + "<" * size
    yield "backslashes", "ASK { '" + "\\" * (size)
    yield "dots", "ASK { " + "." * (size)
    yield "an integer", f"SELECT (({'9' * size} + 1) AS ?n) {{}}"
    yield "a decimal", f"SELECT ((0.{'9' * size} * 2) AS ?n) {{}}"
    yield "an exponent", f"SELECT ((1e{'9' * size} * 2) AS ?n) {{}}"
    yield "a variable", f"SELECT ?{'v' * (size // 2)} {{ ?{'v' * (size // 2)} ?p ?o }} LIMIT 1"
    yield "a language tag", f"ASK {{ ?s ?p 'a'@a{'-aaaaaaaa' * (size // 9)} }}"
    yield (
        "a date",
        f"SELECT (YEAR('{'9' * size}-01-01T00:00:00Z'^^<http://www.w3.org/2001/XMLSchema#dateTime>) AS ?y) {{}}",
    )
    yield "brackets and what could be SERVICE", f"ASK {'(' * (size // 2)}{'SERVICE:x {}' * (size // 24)}"
    yield "terms and a function's name", f"ASK {{ ?s ?p {'1,' * (size // 2)}1 }} # NOW"
    yield "projections", "SELECT " + " ".join(f"(1 AS ?v{n})" for n in range(size // 20)) + " {}"
    yield "sort keys", f"SELECT * {{ ?a ?b ?c }} ORDER BY {'?a ' * (size // 4)}"
    yield "FROM", " ".join(["SELECT *", *(f"FROM <x:{n}>" for n in range(size // 20)), "{ ?s ?p ?o }"])
    yield "a text over the limit", "ASK {} #" + "a" * 2**20
