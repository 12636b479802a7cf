"""The facts of the page from which the graph began, one by one, asked of the endpoint.

The City of Liège's page on its international networks is ``id/source/seed-liege``. Each question is a pattern that
a corrected spelling or one more source does not touch.
"""

import pytest

from .conftest import Server

PROLOGUE = """BASE <https://w3id.org/urban-security/>
PREFIX dc:      <http://purl.org/dc/elements/1.1/>
PREFIX dcat:    <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX org:     <http://www.w3.org/ns/org#>
PREFIX rdf:     <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs:    <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema:  <https://schema.org/>
PREFIX skos:    <http://www.w3.org/2004/02/skos/core#>
PREFIX usec:    <ns#>
PREFIX xsd:     <http://www.w3.org/2001/XMLSchema#>
"""
MEMBER_SINCE = """
  ?seat org:member <id/member/liege> ; org:organization <id/organisation/efus> ; org:role <scheme/role#member> ;
        org:memberDuring/dcat:startDate ?since ; dcterms:source ?source .
"""
FACTS = {
    "the Forum was created in 1987": """
        <id/organisation/efus> schema:foundingDate ?date FILTER (STRSTARTS(STR(?date), "1987"))""",
    "the Forum was created in Barcelona": """
        <id/organisation/efus> usec:foundedAt/schema:location/rdfs:label "Barcelona"@en""",
    "the Council of Europe supported the creation": """
        <id/organisation/efus> usec:supportedBy/rdfs:label "Council of Europe"@en""",
    "the city's page writes European Council, which is kept as its claim": """
        ?claim schema:about <id/organisation/efus> ; usec:property <scheme/claim-property#creation-support> ;
               rdf:value ?text ; dcterms:source <id/source/seed-liege> FILTER CONTAINS(?text, "European Council")""",
    "the founding trio is prevention, repression, solidarity": """
        ?principle usec:foundingPrincipleOf <id/organisation/efus> ; skos:prefLabel ?name .
        FILTER (lang(?name) = "en" && REGEX(?name, "prevention.*repression.*solidarity", "i"))""",
    "the Forum promotes the role of elected representatives": """
        <id/organisation/efus> usec:purpose ?purpose .
        FILTER (lang(?purpose) = "en" && CONTAINS(?purpose, "role of elected representatives"))""",
    "a founding principle gives elected representatives a role in national and European policies": """
        ?principle usec:foundingPrincipleOf <id/organisation/efus> ; skos:definition ?definition .
        FILTER (lang(?definition) = "en" && REGEX(?definition, "elected representatives.*national.*European"))""",
    "member authorities build a European culture of security and prevention": """
        ?principle usec:foundingPrincipleOf <id/organisation/efus> ; skos:definition ?definition .
        FILTER (lang(?definition) = "en" && REGEX(?definition, "European culture of security.*prevention"))""",
    "the city's page says more than 300 local authorities": """
        ?claim schema:about <id/organisation/efus> ; usec:property <scheme/claim-property#number-of-members> ;
               rdf:value ?text ; usec:figure 300 ; dcterms:source <id/source/seed-liege> .
        FILTER CONTAINS(?text, "more than 300")""",
    "another source gives another number of members beside it": """
        ?claim schema:about <id/organisation/efus> ; usec:property <scheme/claim-property#number-of-members> ;
               usec:figure ?figure ; dcterms:source ?source .
        FILTER (?figure != 300 && ?source != <id/source/seed-liege>)""",
    "the city's page says that Liège is a member since 1995": MEMBER_SINCE
    + """FILTER (STRSTARTS(STR(?since), "1995") && ?source = <id/source/seed-liege>)""",
    "another source says since 1993": MEMBER_SINCE
    + """FILTER (STRSTARTS(STR(?since), "1993") && ?source != <id/source/seed-liege>)""",
    "Liège is a member of the Forum": "<id/member/liege> org:memberOf <id/organisation/efus>",
    "an international conference Security, Democracy and Cities ended on 14 December 2012": """
        ?event a schema:Event ; schema:endDate "2012-12-14"^^xsd:date ; rdfs:label ?name ;
               dcterms:type <scheme/event-kind#conference> ; schema:organizer <id/organisation/efus> .
        FILTER (lang(?name) = "en" && CONTAINS(?name, "Security, Democracy and Cities"))""",
    "a manifesto was adopted there that day": """
        ?adoption usec:adoptedOn "2012-12-14"^^xsd:date ; usec:adoptedAt/schema:endDate "2012-12-14"^^xsd:date ;
                  usec:adopts ?text . ?text a usec:Manifesto ; dcterms:source <id/source/seed-liege>""",
    "the manifesto is named after Aubervilliers and Saint-Denis, where the conference was": """
        ?adoption usec:adoptedOn "2012-12-14"^^xsd:date ; usec:adopts/dcterms:title ?title ; usec:adoptedAt ?event .
        ?event schema:location/rdfs:label "Aubervilliers"@en, "Saint-Denis"@en .
        FILTER (CONTAINS(?title, "Aubervilliers") && CONTAINS(?title, "Saint-Denis"))""",
    "the fundamental right to security stands among other rights and freedoms": """
        ?principle usec:statedIn <id/manifesto/aubervilliers-saint-denis-2012> ; skos:prefLabel ?name ;
            skos:definition ?definition ; dcterms:source <id/source/seed-liege> .
        FILTER (lang(?name) = "en" && CONTAINS(?name, "fundamental right"))
        FILTER (lang(?definition) = "en" && REGEX(?definition, "other rights and freedoms"))""",
    "the College of Aldermen proposed to the council that Liège sign the manifesto": """
        ?endorsement usec:endorser <id/member/liege> ; usec:endorses <id/manifesto/aubervilliers-saint-denis-2012> ;
            usec:proposedBy/rdfs:label ?college ; usec:decidedBy/rdfs:label ?council ;
            dcterms:source <id/source/seed-liege> .
        FILTER (lang(?college) = "en" && CONTAINS(?college, "College of Aldermen"))
        FILTER (lang(?council) = "en" && CONTAINS(?council, "Council"))""",
}
PRINCIPLES = {
    "security is a fundamental right": "fundamental right",
    "a balance of prevention, repression and monitoring": "prevention, repression and monitoring",
    "the local scope": "local scope",
    "living together and diversity": "living together.*diversity",
}
PARTS_OF_THE_LOCAL_SCOPE = {
    "proximity": "^proximity",
    "pragmatism": "^pragmatism",
    "a global and integrated approach": "global and integrated",
}


def ask(server: Server, pattern: str) -> bool:
    response = server.sparql(f"{PROLOGUE}ASK {{ {pattern} }}")
    assert response.status_code == 200, response.text
    return bool(response.json()["boolean"])


def stated_principle(name: str) -> str:
    """A principle of the manifesto of 2012 that the city's page names."""
    return f"""
        ?principle usec:statedIn <id/manifesto/aubervilliers-saint-denis-2012> ;
            dcterms:source <id/source/seed-liege> ; skos:prefLabel ?name .
        FILTER (lang(?name) = "en" && REGEX(?name, "{name}", "i"))"""


@pytest.mark.parametrize("fact", FACTS)
def test_the_graph_says_that(forum: Server, fact: str) -> None:
    assert ask(forum, FACTS[fact])


@pytest.mark.parametrize("principle", PRINCIPLES)
def test_the_manifesto_of_2012_states(forum: Server, principle: str) -> None:
    assert ask(forum, stated_principle(PRINCIPLES[principle]))


@pytest.mark.parametrize("part", PARTS_OF_THE_LOCAL_SCOPE)
def test_the_local_scope_means(forum: Server, part: str) -> None:
    whole = """?principle skos:broader/skos:prefLabel ?broader
        FILTER (lang(?broader) = "en" && CONTAINS(LCASE(?broader), "local scope"))"""

    assert ask(forum, stated_principle(PARTS_OF_THE_LOCAL_SCOPE[part]) + whole)


def test_the_city_names_three_services_of_the_forum_at_least(forum: Server) -> None:
    query = """SELECT DISTINCT ?service WHERE {
        ?service a usec:Service ; schema:provider <id/organisation/efus> ; dcterms:source <id/source/seed-liege> }"""

    rows = forum.sparql(PROLOGUE + query).json()["results"]["bindings"]

    assert len(rows) >= 3


def test_a_fact_that_is_not_stated_is_not_found(forum: Server) -> None:
    assert not ask(forum, "<id/member/liege> org:memberOf <id/organisation/council-of-europe>")
