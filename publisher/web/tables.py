"""Tables for spreadsheets: each class as CSV, with the metadata of CSV on the Web that leads back to RDF.

The files are those that the build has; only their names are served. Sources: RFC 4180; W3C Model for Tabular Data,
sections 5.2 (Link header) and 5.3 (the site's own locations of metadata).
"""

from codecs import BOM_UTF8
from pathlib import Path

from flask import Blueprint, Response

from ..errors import BeingWritten, NotFound
from ..formats import CSV, HTML
from ..publish.checksums import TABLES
from ..publish.tables import METADATA, ClassTable, TableFile, read_tables
from .answers import CURRENT, NEVER, choose_format, link_header, saved_as, send, send_page
from .files import RETRY_SECONDS, send_file
from .site import site

CSVM = "application/csvm+json"
MARKED = ".bom.csv"  # suffix of a table that begins with the byte order mark, for spreadsheets
LOCATIONS = f"{{+url}}{METADATA}\n"
NAMED = 50  # tables that an error lists

blueprint = Blueprint("tables", __name__)


@blueprint.get("/table")
def table_list() -> Response:
    """The tables there are, and how to open them."""
    choose_format((HTML,))
    tables = read_tables(site().snapshot.directory)
    return send_page("tables.html", tables=tables, cache=CURRENT if tables is not None else NEVER)


@blueprint.get("/table/<name>")
def table(name: str) -> Response:
    """A table of a class, the table of its links, or the metadata of both."""
    found, file = find(f"{name.removesuffix(MARKED)}.csv" if name.endswith(MARKED) else name)
    response = send_metadata(found) if file is found.metadata else send_table(found, file, marked=name != file.file)
    if site().is_class_of_persons(found.iri):
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def send_metadata(found: ClassTable) -> Response:
    links = [link_header(address(part), "describes", CSV.media_type) for part in found.parts]
    return send(path_of(found.metadata).read_bytes(), CSVM, links=links)


def send_table(found: ClassTable, file: TableFile, *, marked: bool) -> Response:
    """A file of rows, *marked* with a byte order mark or not.

    Excel takes a file for UTF-8 only when it begins with one; other readers take it for a part of the first title. So
    there are both, and the metadata describe the one without.
    """
    etag = f"{file.sha256[:32]}-bom" if marked else file.sha256[:32]
    response = send_file(path_of(file), f'"{etag}"', CSV, BOM_UTF8 if marked else b"")
    if response.status_code != 412:
        response.headers["Cache-Control"] = CURRENT
    if response.status_code in (200, 206):
        plain, metadata = address(file), address(found.metadata)
        other = link_header(plain, "canonical") if marked else link_header(metadata, "describedby", CSVM)
        links = [other, *([link_header(site().licence, "license")] if site().licence else [])]
        response.headers.extend(("Link", link) for link in links)
        response.headers.extend(saved_as(file.file.removesuffix(".csv"), CSV))
    return response


@blueprint.get("/.well-known/csvm")
def metadata_locations() -> Response:
    """Where the metadata of a table of this site is, as a URI template."""
    return send(LOCATIONS, "text/plain; charset=utf-8")


def find(name: str) -> tuple[ClassTable, TableFile]:
    """The file called *name*, and the table that it belongs to. Raises NotFound, or BeingWritten."""
    tables = read_tables(site().snapshot.directory)
    for found in tables or ():
        for file in found.files:
            if file.file == name:
                return found, file
    known = [f"{table}.csv" for table in site().table_names.values()]
    if tables is None and name.partition(".")[0] in site().table_names.values():
        raise BeingWritten("the tables are still being written", headers={"Retry-After": RETRY_SECONDS})
    more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
    raise NotFound(f"there is no table {name!r} here; there are {', '.join(known[:NAMED]) or 'none'}{more}")


def address(file: TableFile) -> str:
    return site().address(f"table/{file.file}")


def path_of(file: TableFile) -> Path:
    return site().snapshot.directory / TABLES / file.file
