"""What a catalogue says differently in an older version of DCAT-AP."""

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from publisher.describe.profiles import CURRENT, PROFILES, conform, find_profile
from publisher.describe.vocabulary import DCAT, DCTERMS, PREFIXES, XSD

BEFORE = PROFILES["dcat-ap-2.1.1"]
PREFIX = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
PREFIX += "@prefix dct: <http://purl.org/dc/terms/> . @base <https://data.example.org/> .\n"
TURTLE = f"""
<file> dcat:byteSize "1200"^^xsd:nonNegativeInteger ; dct:title "1200"@en ; dct:conformsTo <standard> ;
    spdx:checksum <file#sha256> .
<file#sha256> a spdx:Checksum ; spdx:algorithm <algorithm> ; spdx:checksumValue "00"^^xsd:hexBinary .
<algorithm> a spdx:ChecksumAlgorithm .
<record> dct:conformsTo <{CURRENT.iri}> .
<{CURRENT.iri}> a dct:Standard ; dct:title "{CURRENT.name}" .
"""
FILE, RECORD = NamedNode("https://data.example.org/file"), NamedNode("https://data.example.org/record")


def catalogue() -> list[Triple]:
    return [quad.triple for quad in parse(PREFIX + TURTLE, format=RdfFormat.TURTLE)]


def test_the_current_version_says_all_as_it_is() -> None:
    assert conform(catalogue(), CURRENT) == catalogue()


def test_an_older_version_has_sizes_of_its_own() -> None:
    found = conform(catalogue(), BEFORE)

    assert Triple(FILE, DCAT.byteSize, Literal("1200", datatype=XSD.decimal)) in found
    assert Triple(FILE, DCTERMS.title, Literal("1200", language="en")) in found
    assert Triple(FILE, DCTERMS.conformsTo, NamedNode("https://data.example.org/standard")) in found


def test_an_older_version_says_nothing_of_checksums_by_an_algorithm_that_it_does_not_know() -> None:
    assert not [triple for triple in conform(catalogue(), BEFORE) if "hecksum" in str(triple)]


def test_records_conform_to_the_version_that_they_are_in() -> None:
    found = conform(catalogue(), BEFORE)

    assert Triple(RECORD, DCTERMS.conformsTo, NamedNode(BEFORE.iri)) in found
    assert Triple(NamedNode(BEFORE.iri), DCTERMS.title, Literal(BEFORE.name)) in found
    assert not [triple for triple in found if CURRENT.iri in str(triple) or CURRENT.name in str(triple)]


def test_a_profile_is_found_by_its_token_and_by_its_iri() -> None:
    assert find_profile("dcat-ap-2.1.1") is BEFORE
    assert find_profile(BEFORE.iri) is find_profile(BEFORE.iri.rstrip("/")) is BEFORE
    assert find_profile("http://www.w3.org/ns/json-ld#compacted") is None
