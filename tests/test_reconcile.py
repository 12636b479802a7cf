"""The reconciliation service, asked as OpenRefine asks it: its answers are by the schemas, and right."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any, cast
from urllib.parse import quote

import pytest
import requests
from jsonschema import Draft7Validator
from pyoxigraph import Literal, NamedNode
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from publisher.config import Config
from publisher.publish.snapshot import Snapshot
from publisher.store.turns import Turns
from publisher.store.workers import Workers
from publisher.web import extend
from publisher.web.app import create_app
from publisher.web.client import CLIENT
from publisher.web.rendering import TURNS

from .conftest import ROOT, Server

SCHEMAS = ROOT.parent / "shared" / "suites" / "reconciliation" / "0.2" / "schemas"
HAS_SCHEMAS = SCHEMAS.is_dir()
BASE = "https://w3id.org/urban-security/"
MEMBER, COUNTRY = BASE + "ns#Member", BASE + "ns#country"
BELGIUM = "http://publications.europa.eu/resource/authority/country/BEL"
LIEGE = BASE + "id/member/liege"
# A column as it comes from a municipal table, with its country, and who is meant.
COLUMN = (
    ("Liege", "Belgique", "liege"),
    ("LIÈGE (Belgique)", "", "liege"),
    ("Koln", "Germany", "koln"),
    ("Bruxelles", "Belgium", "bruxelles"),
    ("Sevilla / Séville", "", "sevilla"),
    ("Aix-la-Chapelle", "Allemagne", "aachen"),
    ("Saint Denis", "France", "saint-denis-93"),
    ("Genua", "", ""),
    ("Marsille", "France", ""),
    ("Atlantis", "", ""),
)


def check(name: str, document: Any) -> None:
    """Raise unless *document* is by the schema *name*, where the schemas are at hand."""
    if not HAS_SCHEMAS:
        return
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}
    registry: Any = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema, default_specification=DRAFT7)) for schema in schemas.values()
    )
    Draft7Validator(schemas[f"{name}.json"], registry=registry).validate(document)


class Refine:
    """What OpenRefine sends to the service at *url*, and how it reads the answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.manifest = self.script(url)

    def script(self, url: str, **parameters: str) -> Any:
        """By a script element: the answer calls a function of the page."""
        given = {**parameters, "callback": "jQuery36105_1760", "_": "1760"}
        answer = requests.get(url, params=given, headers={"Accept": "*/*"}, timeout=30)
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        call = re.fullmatch(r"/\*\*/jQuery36105_1760\((.*)\);\n", answer.text, re.DOTALL)
        assert call
        return json.loads(call[1])

    def post(self, **form: Any) -> Any:
        """From its own server."""
        answer = requests.post(self.url, data={name: json.dumps(value) for name, value in form.items()}, timeout=30)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return answer.json()

    def guess_types(self, cells: list[str]) -> Counter[str]:
        """The types of what a few cells may mean."""
        batch = {f"q{place}": {"query": cell, "limit": 3} for place, cell in enumerate(cells)}
        results = self.post(queries=batch)
        return Counter(type["id"] for key in batch for found in results[key]["result"] for type in found["type"])

    def reconcile(self, rows: list[tuple[str, str]], type: str, property_: str) -> list[list[dict[str, Any]]]:
        """The candidates of each cell with what stands in another column."""
        batch = {
            f"q{place}": {"query": cell, "type": type, "type_strict": "should"}
            | ({"properties": [{"pid": property_, "v": other}]} if other else {})
            for place, (cell, other) in enumerate(rows)
        }
        check("reconciliation-query-batch", batch)
        results = self.post(queries=batch)
        check("reconciliation-result-batch", results)
        assert set(results) == set(batch)
        return [results[f"q{place}"]["result"] for place in range(len(rows))]

    def suggest(self, kind: str, prefix: str) -> list[dict[str, Any]]:
        service = self.manifest["suggest"][kind]
        found = self.script(service["service_url"] + service["service_path"], prefix=prefix)
        names = {"entity": "entities", "type": "types", "property": "properties"}
        check(f"suggest-{names[kind]}-response", found)
        return list(found["result"])

    def flyout(self, kind: str, id: str) -> str:
        service = self.manifest["suggest"][kind]
        path = service["flyout_service_path"].replace("${id}", quote(id, safe=""))
        found = self.script(service["service_url"] + path)
        assert found["id"] == id
        return str(found["html"])


@pytest.fixture(scope="module")
def refine(forum: Server) -> Refine:
    return Refine(forum.url + "reconcile")


def problem(answer: requests.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    return dict(answer.json())


# As OpenRefine does


def test_the_manifest_says_what_the_service_can_do(refine: Refine, forum: Server) -> None:
    manifest = refine.manifest

    check("manifest", manifest)
    assert "0.2" in manifest["versions"]
    assert manifest["identifierSpace"] == BASE
    assert MEMBER in [type["id"] for type in manifest["defaultTypes"]]
    assert not {BASE + "ns#Claim", BASE + "ns#Membership"} & {type["id"] for type in manifest["defaultTypes"]}
    assert requests.get(forum.url + "reconcile", timeout=30).json() == manifest
    for address in (manifest["documentation"], manifest["logo"]):
        assert requests.get(address, timeout=30, headers={"Accept": "text/html, */*;q=0.1"}).ok


def test_the_types_of_a_column_are_guessed(refine: Refine) -> None:
    (best, _), (second, _) = refine.guess_types([cell for cell, _, _ in COLUMN]).most_common(2)

    assert {best, second} == {MEMBER, BASE + "ns#LocalAuthority"}


def test_a_column_is_reconciled_and_nothing_is_matched_that_is_not_safe(refine: Refine) -> None:
    results = refine.reconcile([(cell, country) for cell, country, _ in COLUMN], MEMBER, COUNTRY)

    for (cell, country, slug), found in zip(COLUMN, results, strict=True):
        matched = [candidate["id"] for candidate in found if candidate["match"]]
        assert matched == ([f"{BASE}id/member/{slug}"] if slug else []), (cell, country)
        assert all(0 <= candidate["score"] <= 100 for candidate in found)
        assert [c["score"] for c in found] == sorted((c["score"] for c in found), reverse=True)
    misspelt = results[[cell for cell, _, _ in COLUMN].index("Marsille")]
    assert misspelt[0]["id"] == f"{BASE}id/member/marseille" and misspelt[0]["score"] > 85


def test_no_member_is_taken_for_another(refine: Refine, forum: Server) -> None:
    """Every second member by its French name: as people write it, misspelt, and with a wrong country."""
    query = (
        "SELECT ?id (SAMPLE(?label) AS ?name) { ?id a usec:Member ; rdfs:label ?label . FILTER(LANG(?label) = 'fr') }"
    )
    rows = forum.sparql(f"{query} GROUP BY ?id ORDER BY ?id").json()["results"]["bindings"]
    members = [(row["id"]["value"], row["name"]["value"]) for row in rows][::2]
    ways: dict[str, Callable[[str], str]] = {
        "upper": lambda name: unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode().upper(),
        "slip": lambda name: name[: len(name) // 2] + name[len(name) // 2 + 1 :],
        "abroad": lambda name: f"{name} (Canada)",
    }
    right, first = Counter[str](), Counter[str]()

    for start in range(0, len(members), 16):
        some = [(id, way, written(name)) for id, name in members[start : start + 16] for way, written in ways.items()]
        asked = {f"{way} {id}": {"query": text, "type": MEMBER, "limit": 3} for id, way, text in some}
        for key, found in refine.post(queries=asked).items():
            way, id = key.split(" ")
            matched = [candidate["id"] for candidate in found["result"] if candidate["match"]]
            assert matched in ([], [id]), key
            right[way] += matched == [id]
            first[way] += found["result"][:1] != [] and found["result"][0]["id"] == id

    assert right["upper"] == len(members) > 100
    assert right["abroad"] == 0
    assert right["slip"] < 0.05 * len(members), "a slip may hit another name of the same member, hardly ever more"
    assert min(first.values()) > 0.95 * len(members)


def test_a_country_that_was_reconciled_before_restricts_too(refine: Refine) -> None:
    batch = {"q0": {"query": "Belgium"}, "q1": {"query": "Belgique", "limit": 1}}
    found = refine.post(queries=batch)
    [country] = {candidate["id"] for key in batch for candidate in found[key]["result"] if candidate["match"]}
    value = {"id": country, "name": "Belgium"}
    asked = {"query": "Liege", "type": MEMBER, "properties": [{"pid": COUNTRY, "v": value}]}
    elsewhere = asked | {"properties": [{"pid": COUNTRY, "v": ["Espagne", "France"]}]}

    results = refine.post(queries={"here": asked, "elsewhere": elsewhere})

    assert country == BELGIUM
    best = results["here"]["result"][0]
    assert (best["id"], best["match"]) == (LIEGE, True)
    assert {"id": COUNTRY, "value": 1.0} in best["features"]
    assert not any(candidate["match"] for candidate in results["elsewhere"]["result"])


def test_a_person_chooses_by_suggestion_flyout_and_preview(refine: Refine) -> None:
    entities = refine.suggest("entity", "liè")
    page = requests.get(refine.manifest["preview"]["url"].replace("{{id}}", quote(LIEGE, safe="")), timeout=30)
    view = requests.get(refine.manifest["view"]["url"].replace("{{id}}", quote(LIEGE, safe="")), timeout=30)

    assert LIEGE in [entity["id"] for entity in entities]
    assert MEMBER in [type["id"] for entity in entities if entity["id"] == LIEGE for type in entity["notable"]]
    assert refine.suggest("entity", LIEGE)[0]["id"] == LIEGE
    assert refine.suggest("type", "memb")[0]["id"] == refine.suggest("type", "usec:Member")[0]["id"] == MEMBER
    assert refine.suggest("type", "local auth")[0]["id"] == BASE + "ns#LocalAuthority"
    assert refine.suggest("property", "coun")[0]["id"] == COUNTRY
    assert "Liège" in refine.flyout("entity", LIEGE)
    assert "member" in refine.flyout("type", MEMBER) and "country" in refine.flyout("property", COUNTRY)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8" and "Belgium" in page.text
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    assert "script" not in page.text
    assert view.ok and view.url.endswith("/doc/member/liege")


def test_every_page_but_the_preview_stays_out_of_frames(forum: Server) -> None:
    for path in ("reconcile", "", "doc/member/liege"):
        page = forum.get(path, "text/html")
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_columns_are_added_from_the_data(refine: Refine) -> None:
    extend = refine.manifest["extend"]
    proposed = refine.script(
        extend["propose_properties"]["service_url"] + extend["propose_properties"]["service_path"],
        type=MEMBER,
        limit="20",
    )
    place = BASE + "id/place/liege"
    wanted = [
        {"id": COUNTRY},
        {"id": "http://purl.org/dc/terms/spatial"},
        {"id": BASE + "ns#population", "settings": {"limit": "1"}},
        {"id": "http://www.w3.org/2004/02/skos/core#altLabel", "settings": {"all_languages": "on"}},
        {"id": "http://www.w3.org/2003/01/geo/wgs84_pos#lat"},
    ]
    query = {"ids": [LIEGE, place, "nothing of ours"], "properties": wanted}
    check("data-extension-property-proposal", proposed)
    check("data-extension-query", query)

    answer = refine.post(extend=query)

    check("data-extension-response", answer)
    assert COUNTRY in [property_["id"] for property_ in proposed["properties"]]
    assert len(proposed["properties"]) <= proposed["limit"] == 20
    assert [column["id"] for column in answer["meta"]] == [column["id"] for column in wanted]
    of_liege, of_place = answer["rows"][LIEGE], answer["rows"][place]
    assert of_liege[COUNTRY] == [{"id": BELGIUM, "name": "Belgium"}]
    assert of_liege["http://purl.org/dc/terms/spatial"] == [{"id": place, "name": "Liège"}]
    assert of_liege["http://www.w3.org/2004/02/skos/core#altLabel"] == [
        {"str": "City of Liège"}, {"str": "Ville de Liège"},
    ]  # fmt: skip
    assert of_place[BASE + "ns#population"] == [{"int": 195278}]
    assert of_place["http://www.w3.org/2003/01/geo/wgs84_pos#lat"] == [{"float": 50.63373}]
    assert set(map(str, answer["rows"]["nothing of ours"].values())) == {"[]"}


# By other programs


def test_names_are_told_in_the_language_that_the_address_names(forum: Server) -> None:
    manifest = forum.get("reconcile?lang=fr").json()
    batch = {"queries": json.dumps({"q": {"query": "Koln", "type": "usec:Member"}})}

    found = requests.post(forum.url + "reconcile?lang=fr", data=batch, timeout=30).json()["q"]["result"][0]

    assert (found["name"], found["type"][-1]["name"]) == ("Cologne", "membre")
    for service in manifest["suggest"].values():
        assert "lang=fr" in service["service_path"] and "lang=fr" in service["flyout_service_path"]


def test_one_question_may_be_asked_by_address(forum: Server) -> None:
    plain = forum.get("reconcile", params={"query": "Koln", "type": MEMBER, "limit": "1"}).json()
    as_json = forum.get(
        "reconcile", params={"query": json.dumps({"query": "Koln", "type": [MEMBER], "limit": 1})}
    ).json()
    batch = forum.get("reconcile", params={"queries": json.dumps({"a": {"query": "Koln", "type": MEMBER, "limit": 1}})})

    assert plain == as_json == batch.json()["a"]
    assert [candidate["match"] for candidate in plain["result"]] == [True]


def test_a_person_may_try_it_on_a_page(forum: Server) -> None:
    page = forum.get("reconcile", "text/html", params={"query": "koln <b>", "type": MEMBER})

    assert page.ok and "koln &lt;b&gt;" in page.text and "<b>" not in page.text
    assert 'href="/doc/member/koln"' in page.text
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert forum.get("reconcile", "text/html", params={"query": "x", "type": "nothing"}).status_code == 400


def test_properties_are_proposed_to_who_does_not_escape(refine: Refine, forum: Server) -> None:
    """OpenRefine 3.10 puts ``?type=`` and the bare IRI behind the address; a browser sends nothing from "#" on."""
    manifest = forum.get("reconcile?lang=fr").json()
    propose = manifest["extend"]["propose_properties"]
    address = f"{propose['service_url']}{propose['service_path']}?type={MEMBER}".partition("#")[0]

    found = requests.get(address, timeout=30).json()

    check("data-extension-property-proposal", found)
    assert COUNTRY in [property_["id"] for property_ in found["properties"]]


def test_dates_are_texts_and_only_moments_are_dates(forum: Server) -> None:
    modified, generated = "http://purl.org/dc/terms/modified", "http://www.w3.org/ns/prov#generatedAtTime"
    query = {"ids": [BASE + "dataset/members"], "properties": [{"id": modified}, {"id": generated}]}

    answer = forum.get("reconcile", params={"extend": json.dumps(query)}).json()

    check("data-extension-response", answer)
    row = answer["rows"][BASE + "dataset/members"]
    assert [list(value) for value in (*row[modified], *row[generated])] == [["str"], ["date"]]


def test_persons_are_kept_from_search_engines(forum: Server) -> None:
    for path in (
        "reconcile",
        "reconcile?query=Liege",
        "reconcile/suggest/entity?prefix=a",
        f"reconcile/preview?id={LIEGE}",
    ):
        assert forum.get(path).headers["X-Robots-Tag"] == "noindex"


# What is wrong is said


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"queries": "nonsense"}, "queries is not JSON"),
        ({"queries": "[" * 100_000}, "queries is not JSON"),
        ({"queries": "[]"}, "no JSON object"),
        ({"queries": '{"q": "x"}'}, "queries.q is no JSON object"),
        ({"queries": '{"q": {}}'}, "neither a query nor properties"),
        ({"queries": '{"q": {"query": 1}}'}, "queries.q.query is no text"),
        ({"queries": '{"q": {"query": "a", "limit": "many"}}'}, "queries.q.limit"),
        ({"queries": '{"q": {"query": "a", "limit": NaN}}'}, "NaN is no number"),
        ({"queries": '{"q\\ud800": {"query": "a"}}'}, "surrogates not allowed"),
        ({"queries": '{"q": {"query": "https://data.example.org/\\udfff"}}'}, "surrogates not allowed"),
        ({"extend": '{"ids": ["\\ud800"], "properties": []}'}, "surrogates not allowed"),
        ({"queries": '{"q": {"query": "a", "type_strict": "perhaps"}}'}, "any, all, should"),
        ({"queries": '{"q": {"query": "a", "properties": {}}}'}, "queries.q.properties"),
        ({"queries": '{"q": {"query": "a", "properties": [{"pid": "x"}]}}'}, "queries.q.properties"),
        ({"queries": '{"q": {"query": "a", "properties": [{"pid": "usec:country", "v": null}]}}'}, "is right for v"),
        ({"query": "a", "limit": "-1"}, "limit="),
        ({"extend": "{}"}, '"ids"'),
        ({"extend": '{"ids": [1], "properties": []}'}, "extend.ids"),
        ({"query": "a", "queries": "{}"}, "one of them is right"),
        ({"query": "a", "callback": "alert(1)//"}, "no name of a function"),
    ],
)
def test_a_malformed_question_is_told_what_is_right(forum: Server, parameters: dict[str, str], says: str) -> None:
    told = problem(forum.get("reconcile", params={name: value[:5000] for name, value in parameters.items()}), 400)

    assert says in told["detail"]


def test_an_unknown_type_or_property_is_told_those_that_there_are(forum: Server) -> None:
    batch = {"q": {"query": "a", "type": "usec:Nothing"}}
    types = problem(forum.get("reconcile", params={"queries": json.dumps(batch)}), 400)
    batch = {"q": {"query": "a", "properties": [{"pid": "usec:nothing", "v": "b"}]}}
    properties = problem(forum.get("reconcile", params={"queries": json.dumps(batch)}), 400)

    assert MEMBER in types["types"] and COUNTRY in properties["properties"]
    assert MEMBER in problem(forum.get("reconcile/properties?type=x"), 400)["types"]
    assert MEMBER in problem(forum.get("reconcile/suggest/entity?prefix=a&type=x"), 400)["types"]
    assert problem(forum.get("reconcile/suggest/nothing?prefix=a"), 404)["known"] == ["entity", "type", "property"]
    for path in ("preview", "flyout/entity"):
        assert problem(forum.get(f"reconcile/{path}"), 400)["parameter"] == "id"
        problem(forum.get(f"reconcile/{path}?id=https://nowhere.example/"), 404)


def test_too_much_at_once_is_refused_with_the_limit(forum: Server) -> None:
    size = forum.get("reconcile").json()["batchSize"]
    batch = {f"q{number}": {"query": "Liège"} for number in range(size + 1)}
    too_long = {"q": {"query": "x" * 300_000}}

    for form in (batch, too_long):
        answer = requests.post(forum.url + "reconcile", data={"queries": json.dumps(form)}, timeout=30)
        assert "limit" in problem(answer, 413)
    ids = {"ids": [LIEGE] * 1000, "properties": []}
    answer = requests.post(forum.url + "reconcile", data={"extend": json.dumps(ids)}, timeout=30)
    assert problem(answer, 413)["limit"] == "ids"


@pytest.mark.parametrize(
    ("text", "type"),
    [("x " * 50_000, MEMBER), ("é/" * 20_000, ""), ("(" * 50_000, ""), ("\u0000\ud7ff", ""), ("%_*'\"", "")],
)
def test_a_hostile_cell_is_answered_like_any_other(refine: Refine, text: str, type: str) -> None:
    results = refine.post(queries={"q": {"query": text} | ({"type": type} if type else {}), "r": {"query": "Liege"}})

    check("reconciliation-result-batch", results)
    assert results["r"]["result"]
    assert not any(candidate["match"] for candidate in results["q"]["result"])


def test_only_forms_are_read(forum: Server) -> None:
    answer = requests.post(forum.url + "reconcile", json={"queries": {}}, timeout=30)

    assert "x-www-form-urlencoded" in problem(answer, 415)["detail"]
    assert answer.headers["Accept-Post"] == "application/x-www-form-urlencoded"
    assert problem(requests.post(forum.url + "reconcile", data={"a": "b"}, timeout=30), 400)["parameter"] == "queries"


class Counted(Turns):
    """Turns that count those who took one."""

    def __init__(self) -> None:
        super().__init__(places=1, line=1, queue_seconds=5)
        self.taken: list[str] = []

    def turn(self, client: str, until: float = float("inf")) -> Any:
        self.taken.append(client)
        return super().turn(client, until)


@pytest.mark.parametrize(
    ("asked", "turns"),
    [
        ({"queries": {f"q{number}": {"query": "Le Pont"} for number in range(7)}}, 7),
        ({"extend": {"ids": ["urn:a", "urn:b", "urn:a"], "properties": [{"id": "bw:maximumDepth"}]}}, 2),
        ({"query": {"query": "Le Pont"}}, 1),
    ],
)
def test_a_batch_lets_others_in_after_each_question(
    tiny_snapshot: Snapshot, asked: dict[str, dict[str, Any]], turns: int
) -> None:
    counted, ask = Counted(), create_app(tiny_snapshot, Config(), cast(Workers, None)).test_client()
    form = {name: json.dumps(value) for name, value in asked.items()}

    answer = ask.post("/reconcile", data=form, environ_overrides={TURNS: counted, CLIENT: "somebody"})

    assert answer.status_code == 200
    assert counted.taken == ["somebody"] * turns and not counted.running


def test_an_extension_has_an_end(tiny_snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extend, "MOST_CELLS", 1)
    ask = create_app(tiny_snapshot, Config(), cast(Workers, None)).test_client()
    ids = [f"https://data.example.org/id/site/{name}" for name in ("le-pont", "rocheray")]
    labels = {"id": "http://www.w3.org/2000/01/rdf-schema#label", "settings": {"limit": "1"}}

    one, both = (
        ask.post("/reconcile", data={"extend": json.dumps({"ids": some, "properties": [labels]})})
        for some in (ids[:1], ids)
    )

    assert (one.status_code, both.status_code) == (200, 413)
    assert both.get_json()["limit"] == "values"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("2024-02-29T10:00:00.5+01:00", "date"), ("2024-02-29", "str"), ("2024-02-29T24:00:00", "str"), ("soon", "str")],
)
def test_a_moment_is_one_by_the_schema(text: str, kind: str) -> None:
    moment = NamedNode("http://www.w3.org/2001/XMLSchema#dateTime")

    assert extend.value_of(Literal(text, datatype=moment), "en") == {kind: text}


class _Tags(HTMLParser):
    """The tags of a text, and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_a_flyout_brings_nothing_that_runs(refine: Refine) -> None:
    for kind, id in (("entity", LIEGE), ("type", MEMBER), ("property", COUNTRY)):
        tags = _Tags(refine.flyout(kind, id)).tags
        assert tags and {tag for tag, _ in tags} <= {"div", "p", "strong", "code", "span"}
        assert {name for _, attributes in tags for name in attributes} <= {"lang"}


def test_the_service_of_another_content_is_its_own(tiny: Server) -> None:
    refine = Refine(tiny.url + "reconcile")
    batch = {"q": {"query": "le rochray", "type": "bw:BathingSite"}, "r": {"query": "Old name of Le Pont"}}

    results = refine.post(queries=batch)

    check("manifest", refine.manifest)
    assert refine.manifest["identifierSpace"] == "https://data.example.org/"
    assert results["q"]["result"][0]["id"] == "https://data.example.org/id/site/rocheray"
    assert "https://data.example.org/id/site/old-name" not in [found["id"] for found in results["r"]["result"]]
    extend = {"ids": ["https://data.example.org/id/site/le-pont"], "properties": [{"id": "bw:maximumDepth"}]}
    depth = refine.post(extend=extend)["rows"]["https://data.example.org/id/site/le-pont"]
    assert depth == {"https://data.example.org/ns#maximumDepth": [{"float": 31.5}]}
