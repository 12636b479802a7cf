"""Gathers catalogues as CKAN does, with ckanext-dcat's own code: run by the Python that has CKAN, not by the tests'.

    .peers/ckan/bin/python tests/harvest/gather.py en http://127.0.0.1:8000/catalog.ttl fr http://…

Prints a JSON array: what a portal of each language gathered from the address after it. Requests, parsing, identifiers
and the rules for tags are the extension's and CKAN's own; left out is what needs a portal's database: the record of
each job, and the choice of a name that is not taken yet. An error that a portal would show to its administrator ends
the run.
"""

import json
import sys
from typing import ClassVar

import requests
from ckan.common import config
from ckan.lib.munge import munge_title_to_name
from ckan.logic.validators import Invalid, name_validator, tag_length_validator, tag_name_validator
from ckanext.dcat.harvesters.rdf import DCATRDFHarvester
from ckanext.dcat.processors import RDFParser
from flask import Flask
from flask_babel import Babel


class Harvester(DCATRDFHarvester):
    """The extension's harvester, whose errors are raised."""

    def _save_gather_error(self, message, job):
        raise SystemExit(f"gather error: {message}")


class Requests(requests.Session):
    """A session that remembers what was asked and what came."""

    seen: ClassVar[list[dict]] = []

    def send(self, request, **options):
        response = super().send(request, **options)
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.seen.append(
            {"method": request.method, "url": request.url, "status": response.status_code, "headers": headers}
        )
        return response


def gather(address):
    """All pages of the catalogue at *address*: requests, and data sets as CKAN's package dictionaries."""
    Requests.seen = []
    harvester, page, form, datasets = Harvester(), address, None, []
    while page:
        content, form = harvester._get_content_and_type(page, None, 1, content_type=form)
        parser = RDFParser()
        parser.parse(content, _format=form)
        datasets += [imported(harvester, dataset, address) for dataset in parser.datasets()]
        page = parser.next_page()
    return {"requests": Requests.seen, "format": form, "datasets": datasets}


def imported(harvester, dataset, address):
    """*dataset* with the identifier that the portal keeps it under, and what CKAN would refuse of it."""
    dataset["name"] = munge_title_to_name(dataset["title"])
    dataset["guid"] = harvester._get_guid(dataset, source_url=address)
    checks = [(tag_length_validator, tag["name"]) for tag in dataset["tags"]]
    checks += [(tag_name_validator, tag["name"]) for tag in dataset["tags"]]
    checks += [(name_validator, dataset["name"])]
    dataset["refused"] = [found for check, value in checks if (found := refusal(check, value))]
    return dataset


def refusal(check, value):
    """Why *check* refuses *value*, "" when it does not."""
    try:
        check(value, {})
    except Invalid as error:
        return f"{value}: {error.error}"
    return ""


def main(*arguments):
    requests.Session = Requests
    app = Flask("portal")
    Babel(app)
    gathered = []
    with app.app_context():
        for language, address in zip(arguments[::2], arguments[1::2], strict=True):
            config["ckan.locale_default"] = language
            gathered.append(gather(address))
    json.dump(gathered, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
