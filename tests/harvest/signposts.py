"""Reads typed links with the library signposting: run by the Python that has it (and CKAN), not by the tests'.

    .peers/ckan/bin/python tests/harvest/signposts.py http http://127.0.0.1:8000/catalog html http://…

Prints a JSON array: for each way (http: by the headers of HEAD, html: by the head of the page, linkset: of a link set)
and the address after it the links that the library read, as context, relation, target and type. A warning ends the
run: the library warns of each link that it leaves out.
"""

import json
import sys
import warnings

from signposting import find_signposting_html, find_signposting_http, find_signposting_linkset

READERS = {"http": find_signposting_http, "html": find_signposting_html, "linkset": find_signposting_linkset}

warnings.simplefilter("error")
given = iter(sys.argv[1:])
found = []
for way, address in zip(given, given, strict=True):
    links = READERS[way](address).signposts
    found.append(sorted([link.context or "", str(link.rel), link.target, link.type or ""] for link in links))
json.dump(found, sys.stdout)
