"""The kinds of pages there are, each by one page of the shipped content; what every page owes is tested on all."""

from urllib.parse import quote

COUNTRIES = "http://publications.europa.eu/resource/authority/country/"
MEMBERS = "SELECT ?member WHERE { ?member a usec:Member } LIMIT 5"
WRONG = "SELECT ?city WHERE { ?city a usec:Member . FITLER(?city != ?city) }"

PAGES = {
    "home": "",
    "search": "search?q=liege",
    "search-empty": "search",
    "search-nothing": "search?q=xyzzyx",
    "browse": "browse",
    "class": "list/usec:Member",
    "class-narrowed": "list/usec:Principle?sort=-name",
    "member": "doc/member/liege",
    "manifesto": "doc/manifesto/barcelona-2017",
    "principle": "doc/principle/access-to-rights",
    "person": "doc/person/aldo-modonesi",
    "project": "doc/project/alarm",
    "event": "doc/event/barcelona-1987",
    "forum": "doc/organisation/efus",
    "national-forum": "doc/organisation/befus",
    "place": "doc/place/aachen",
    "source": "doc/source/aachen-2023",
    "country": f"describe?iri={quote(COUNTRIES + 'BEL', safe='')}",
    "file": "dataset/members",
    "vocabulary": "ns",
    "shapes": "shapes",
    "scheme": "scheme/role",
    "jsonld": "jsonld",
    "questions": "api",
    "question": "api/members-near",
    "question-map": "api/members-map",
    "query": "sparql",
    "answer": f"sparql?query={quote(MEMBERS)}",
    "catalogue": "catalog",
    "data-set": "catalog/members",
    "distribution": "catalog/members/ttl",
    "service": "catalog/sparql-endpoint",
    "quality": "catalog/quality",
    "statistics": ".well-known/void",
    "tables": "table",
    "reconcile": "reconcile?query=liege",
    "problems": "problems",
}
PROBLEMS = {
    "not-found": ("nowhere", 404),
    "nobody": ("id/member/atlantis", 404),
    "wrong-query": (f"sparql?query={quote(WRONG)}", 400),
    "wrong-parameter": ("api/members-near?radius=far", 400),
    "page-beyond": ("list/usec:Member?page=999", 404),
    "wrong-facet": ("list/usec:Member?usec:colour=red", 400),
    "wrong-language": ("?lang=tlh", 400),
}
ALL = PAGES | {name: path for name, (path, _) in PROBLEMS.items()}
