"""The pages of an ontology, its shapes and its concept schemes, as people read them."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from lxml import html
from lxml.html import HtmlElement
from pyoxigraph import RdfFormat, parse

from publisher.describe.shapes import MOST as MOST_SHAPES
from publisher.describe.shapes import Path as PropertyPath
from publisher.describe.shapes import Shape, read_shapes
from publisher.web.drawing import MOST, draw

from .conftest import ROOT, Server, start_server

VOCABULARY = ROOT / "tests" / "data" / "vocabulary"
HB = "https://herbarium.example.org/ns#"


@pytest.fixture(scope="module")
def herbarium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a content folder whose vocabulary uses much of what ontologies and shapes can say."""
    server = start_server(VOCABULARY, tmp_path_factory.mktemp("vocabulary"))
    yield server
    server.stop()


def page(server: Server, path: str) -> HtmlElement:
    response = server.get(path, "text/html")
    assert response.status_code == 200, path
    return html.fromstring(response.text)


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def facts(section: HtmlElement) -> dict[str, str]:
    """Heading -> what stands beside it, of a term's own list."""
    found = section.xpath("./dl[1]/div")
    return {words(row.find("dt")): "; ".join(map(words, row.findall("dd"))) for row in found}


def term(server: Server, name: str, query: str = "") -> HtmlElement:
    (found,) = page(server, f"ns{query}").xpath(f"//section[@id='{name}']")
    return found


def test_a_term_tells_its_meaning_example_and_place_among_the_others(herbarium: Server) -> None:
    section = term(herbarium, "Sheet")

    told = facts(section)
    assert "paper with a pressed plant" in words(section)
    assert told["Example"] == "sheet 1"
    assert told["Scope"] == "Boxes are excluded."
    assert told["Kinds"] == "type sheet"
    assert told["Properties"] == "collector, duplicate, number"
    assert told["Value of"] == "duplicate, label of"
    assert told["Nearly the same meaning"] == "schema:Thing"
    assert told["Rules for the data"] == "Sheet"
    assert told["schema:colour"] == "white"


def test_a_term_is_told_in_the_readers_language_and_the_others_are_at_hand(herbarium: Server) -> None:
    section = term(herbarium, "Sheet", "?lang=fr")

    assert words(section.find("h3")).startswith("planche ")
    assert "papier portant une plante pressée" in words(section.xpath("./p[@class='definition']")[0])
    others = {element.get("lang") for element in section.xpath(".//details//dd")}
    assert others == {"en", "de"}


def test_a_class_of_a_union_is_told_by_its_members(herbarium: Server) -> None:
    assert facts(term(herbarium, "collector"))["Said of"] == "label, sheet"


def test_characters_of_properties_are_told_in_words(herbarium: Server) -> None:
    assert facts(term(herbarium, "collector"))["Characteristics"] == "at most one value"
    assert facts(term(herbarium, "duplicate"))["Characteristics"] == "holds in both directions"


def test_use_is_counted_with_examples_a_list_and_a_query_that_answers(herbarium: Server) -> None:
    section = term(herbarium, "Sheet")
    told = facts(section)["In the data"]
    links = {words(link): link.get("href") for link in section.xpath("./dl//a")}

    assert told.startswith("1 time, for example Bellis perennis, sheet 1")
    assert herbarium.get(links["List of all"], "text/html").status_code == 200
    assert "Bellis perennis, sheet 1" in words(page(herbarium, links["Bellis perennis, sheet 1"]))
    editor = page(herbarium, links["Query for it"])
    (query,) = editor.xpath("//textarea")
    assert herbarium.sparql(query.text_content()).json()["results"]["bindings"]


def test_things_without_a_page_of_their_own_count_too(herbarium: Server) -> None:
    assert facts(term(herbarium, "Label"))["In the data"].startswith("1 time")


def test_no_example_names_a_person(herbarium: Server) -> None:
    assert "Ada" not in words(page(herbarium, "ns"))


def test_changes_and_terms_no_longer_to_be_used_are_listed(herbarium: Server) -> None:
    document = page(herbarium, "ns")
    (section,) = document.xpath("//section[@aria-labelledby='section-changes']")

    assert "ns/1.0.0" in words(section)
    assert [words(item) for item in section.xpath(".//li")] == ["sheet", "finder: no longer to be used"]
    assert "2.0.0: folders are sheets too." in words(document)
    assert facts(term(herbarium, "finder"))["Replaced by"] == "collector"
    assert "Version 2.0.0" in words(document)


def test_the_version_has_a_page_of_its_own(herbarium: Server) -> None:
    assert "paper with a pressed plant" in words(page(herbarium, "ns/2.0.0"))


def test_the_diagram_has_boxes_lines_and_the_same_as_a_list(herbarium: Server) -> None:
    document = page(herbarium, "ns")
    (svg,) = document.xpath("//svg[@class='diagram']")
    rows = [[words(cell) for cell in row] for row in document.xpath("//details//tbody/tr")]

    boxes = svg.xpath(".//text[@class='class-name']")
    assert sorted(map(words, boxes)) == ["label", "person", "sheet"]
    assert len(svg.xpath("./path")) == 4
    assert [words(kind) for kind in svg.xpath(".//text[@class='kind-name']")] == ["⊂ type sheet"]
    assert ["sheet", "collector", "person"] in rows
    assert ["label", "label of", "sheet"] in rows
    assert ["type sheet", "is a kind of", "sheet"] in rows
    anchors = {element.get("id") for element in document.xpath("//*[@id]")}
    assert {link.get("href").partition("#")[2] for link in svg.xpath(".//a[contains(@href, '/ns#')]")} <= anchors


def test_ids_are_unique_and_links_within_the_page_lead_somewhere(herbarium: Server) -> None:
    for path in ("ns", "shapes", "scheme/status", "jsonld"):
        document = page(herbarium, path)
        ids = [element.get("id") for element in document.xpath("//*[@id]")]
        targets = {link.get("href")[1:] for link in document.xpath("//a[starts-with(@href, '#')]")}

        assert len(ids) == len(set(ids)), path
        assert targets <= set(ids), path


def test_headings_do_not_skip_a_level(herbarium: Server) -> None:
    for path in ("ns", "shapes", "scheme/status", "jsonld"):
        levels = [
            int(element.tag[1])
            for element in page(herbarium, path).xpath("//main//*[self::h1 or self::h2 or self::h3]")
        ]
        assert levels[0] == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


def test_an_empty_drawing_and_one_of_too_many_classes_are_none() -> None:
    many = [(f"c{number}", "p", f"c{number + 1}") for number in range(MOST)]
    names = {name: name for relation in many for name in relation}

    assert draw([], [], {}) is None
    assert draw(many, [], names) is None


def test_circles_loops_and_long_names_are_drawn_within_the_picture() -> None:
    relations = [("a", "p", "b"), ("b", "p", "c"), ("c", "p", "a"), ("a", "q", "a"), ("a", "r", "d"), ("c", "r", "d")]
    names = {name: name * 60 for relation in relations for name in relation}

    drawing = draw(relations, [("e", "d")], names | {"e": "e"})

    assert drawing is not None
    assert {box.iri for box in drawing.boxes} == {"a", "b", "c", "d"}
    assert len(drawing.lines) == len(relations)
    for box in drawing.boxes:
        assert 0 <= box.x < box.x + box.width <= drawing.width
        assert 0 <= box.y < box.y + box.height <= drawing.height
        assert box.text.endswith("…")
    for one in drawing.boxes:
        for other in drawing.boxes:
            apart = one.x + one.width <= other.x or other.x + other.width <= one.x
            below = one.y + one.height <= other.y or other.y + other.height <= one.y
            assert one is other or apart or below
    numbers = [float(number) for line in drawing.lines for number in re.findall(r"-?\d+(?:\.\d+)?", line.path)]
    assert min(numbers) > -drawing.height


def test_shapes_are_told_in_words(herbarium: Server) -> None:
    (section,) = page(herbarium, "shapes").xpath("//section[@id='Sheet']")
    told = {words(row.find("dt")): words(row) for row in section.xpath("./dl/div")}

    assert "A sheet can be found by its number." in words(section)
    assert "For everything of the kind sheet." in words(section)
    assert "exactly 1" in told["number"]
    assert "1 or more" in told["number"]
    assert "a sheet has one number from 1" in told["number"]
    assert "as asked under Date" in told["pressed on"]
    assert "one of: dried, lost" in told["status"]
    assert "a text that says its language" in told["rdfs:label"]
    assert "not two texts in the same language" in told["rdfs:label"]
    assert "in one of these languages: en, fr" in told["rdfs:label"]
    assert "a thing of the kind person" in told["collector"]
    assert "at most 3" in told["what has it as label of"]
    assert "only a hint" in told["duplicate › number"]
    assert "finder" not in told


def test_shapes_without_a_target_stand_apart_and_alternatives_are_a_list(herbarium: Server) -> None:
    document = page(herbarium, "shapes?lang=en")
    (date,) = document.xpath("//section[@id='Date']")
    (status,) = document.xpath("//section[@id='Status']")

    assert date.getparent().get("aria-labelledby") == "section-forms"
    assert "at least one of these:" in words(date)
    assert "written like the pattern ^[0-9]{4}$" in words(date)
    assert "not this: a thing of the kind sheet" in words(status)


def test_shapes_speak_the_readers_language(herbarium: Server) -> None:
    document = page(herbarium, "shapes?lang=fr")

    assert "Une planche se trouve par son numéro." in words(document)
    assert "une planche a un numéro à partir de 1" in words(document)


def test_shapes_are_read_from_statements() -> None:
    path = VOCABULARY / "ontology" / "shapes.ttl"
    shapes = read_shapes(quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE))
    by_name = {shape.iri.rpartition("#")[2]: shape for shape in shapes}
    paths = {inner.iri.rpartition("#")[2]: inner.path for inner in by_name["Sheet"].properties}

    assert sorted(by_name) == ["Date", "Sheet", "Status"]
    assert paths["labels"] == PropertyPath("inversePath", parts=(PropertyPath(iri=f"{HB}labelOf"),))
    assert paths["advice"] == PropertyPath(
        "sequence", parts=(PropertyPath(iri=f"{HB}duplicate"), PropertyPath(iri=f"{HB}number"))
    )
    assert all(isinstance(inner, Shape) for inner in by_name["Date"].values("or"))


def test_shapes_that_name_each_other_end() -> None:
    text = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <http://a.example/> .
    :a sh:targetClass :C ; sh:property :p . :p sh:path :x ; sh:node :a ; sh:property :p .
    :list sh:targetClass :D ; sh:in _:one . _:one <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> 1 ;
      <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> _:one ."""

    shapes = read_shapes(quad.triple for quad in parse(text, format=RdfFormat.TURTLE))

    assert [shape.iri for shape in shapes] == ["http://a.example/a", "http://a.example/list"]


def one_shape(text: str) -> Shape:
    prefixes = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <http://a.example/> ."
    (shape,) = read_shapes(quad.triple for quad in parse(prefixes + text, format=RdfFormat.TURTLE))
    return shape


def test_a_shape_that_is_a_class_is_for_its_instances() -> None:
    shape = one_shape(":C a sh:NodeShape, <http://www.w3.org/2000/01/rdf-schema#Class> .")

    assert shape.aims("targetClass") == ("http://a.example/C",)


def test_what_is_not_true_is_not_asked_and_a_query_is_told() -> None:
    shape = one_shape(':a sh:targetClass :C ; sh:closed false ; sh:uniqueLang false ; sh:sparql [ sh:select "…" ] .')

    assert [name for name, _ in shape.constraints] == ["sparql"]


def test_a_number_that_nobody_can_count_to_is_none() -> None:
    assert one_shape(f':a sh:targetClass :C ; sh:minCount "{"9" * 5000}" .').number("minCount") is None


def test_many_shapes_that_hold_each_other_are_read_in_part() -> None:
    names = ", ".join(f":p{number}" for number in range(12))
    inner = "".join(f":p{number} sh:path :x ; sh:property {names} ." for number in range(12))

    def size(shape: Shape) -> int:
        return 1 + sum(map(size, shape.properties))

    assert size(one_shape(f":a sh:targetClass :C ; sh:property {names} . {inner}")) < 2 * MOST_SHAPES


def test_links_from_things_with_like_names_count(herbarium: Server) -> None:
    (lost,) = page(herbarium, "scheme/status").xpath("//li[@id='lost']")

    assert words(lost.xpath("./small")[0]).startswith("1 link")


def test_terms_stand_before_the_facts_about_their_document(herbarium: Server) -> None:
    headings = page(herbarium, "ns").xpath("//main//h2/@id")

    assert headings.index("section-terms") < headings.index("brief")


def test_a_scheme_is_a_tree_of_its_concepts(herbarium: Server) -> None:
    document = page(herbarium, "scheme/status")
    (top,) = document.xpath("//section[@aria-labelledby='section-concepts']/ul")
    (kept,) = top.xpath("./li[@id='kept']")
    (dried,) = kept.xpath(".//li[@id='dried']")

    assert [item.get("id") for item in top.findall("li")] == ["kept", "lost"]
    assert "kept without water" in words(dried)
    assert "1 narrower concept" in words(dried.xpath("./details/summary")[0])
    assert dried.xpath("./details//li[@id='brittle']")
    assert words(dried.xpath("./small")[0]).startswith("1 link")
    assert [element.get("lang") for element in kept.xpath("./details//span[@lang]")] == ["fr"]
