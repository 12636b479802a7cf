"""Controlled values that portals look for: file types, media types, licences, access rights.

Sources: tables of the Publications Office of the European Union (file-type, access-right, licence), lists of the
European Data Portal (machine-readable and non-proprietary formats), IANA's media types. Licences and media types
are known by how their IRIs begin, for there are hundreds and thousands of them.
"""

import re

from .vocabulary import ACCESS_RIGHT, FILE_TYPE


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACCESS_RIGHTS = _names("CONFIDENTIAL NON_PUBLIC NORMAL OP_DATPRO PUBLIC RESTRICTED SENSITIVE")
FILE_TYPES = _names(
    """
    7Z AAB AAC AKN4EU AKN4EU_ZIP APK APPX ARC ARCINFO_COV ARC_GZ ARJ ATOM AZW BIN BITS BMP BWF BZIP2 CSS CSV DAPK DBF
    DCR DEB DGN DMG DMP DOC DOCX DTD_SGML DTD_XML DWG DXF E00 EAR ECW EFORMS_XML EPS EPUB ETSI_XML EXE FMX2 FMX3 FMX4
    FMX4_ZIP GDB GEOJSON GEOTIFF GIF GML GMZ GPKG GRID GRID_ASCII GTFS GZIP HDF HDT HTML HTML5 HTML_SIMPL ICS IMMC_XML
    INDD IPA ISO ISO_ZIP JAR JATS JPEG JPEG2000 JS JSON JSON_LD KML KMZ LAS LAZ LEG LHA LPK LZIP LZMA LZO MAP_PRVW
    MAP_SRVC MBOX MDB METS METS_ZIP MHTML MIF_MID MOBI MOP MOV MP3 MPEG2 MPEG4 MPEG4_AVC MRSID MSG_HTTP MSI MXD N3
    NETCDF OAPK OCTET ODB ODC ODF ODG ODP ODS ODT OP_DATPRO OVF OWL PDF PDF1X PDFA1A PDFA1B PDFA2A PDFA2B PDFA3 PDFUA
    PDFX PDFX1A PDFX2A PDFX4 PL PNG PPS PPSX PPT PPTX PS PSD PWP QGS RAR RDF RDFA RDF_N_QUADS RDF_N_TRIPLES RDF_THRIFT
    RDF_TRIG RDF_TRIX RDF_TURTLE RDF_XML REST RPM RSS RTF SB3 SCHEMA_XML SDMX SGML SHP SKOS_XML SPARQLQ SPARQLQRES SQL
    STL SVG SWM TAB TAB_RSTR TAR TAR_GZ TAR_XZ TIFF TIFF_FX TMX TSV TXT UNGEN WAR WARC WARC_GZ WAV WCS_SRVC WEBP
    WFS_SRVC WIM WMS_SRVC WMTS_SRVC WORLD XHTML XHTML5 XHTML_SIMPL XLIFF XLS XLSB XLSM XLSX XML XSLFO XSLT XYZ XZ YAML
    Z ZIP
    """
)
MACHINE_READABLE = _names(
    """
    CSV GEOJSON ICS JSON JSON_LD KML KMZ NETCDF ODS RDFA RDF_N_QUADS RDF_N_TRIPLES RDF_TRIG RDF_TURTLE RDF_XML RSS SHP
    XLS XLSX XML
    """
)
NON_PROPRIETARY = _names(
    """
    BMP CSV DBF GEOJSON GZIP HTML ICS JPEG2000 JSON JSON_LD KML KMZ NETCDF ODS PNG RDF_N_QUADS RDF_N_TRIPLES RDF_TRIG
    RDF_TURTLE RDF_XML RSS RTF TAR TIFF TSV TXT WMS_SRVC XML ZIP
    """
)

_MEDIA_TYPE = re.compile(
    r"https?://www\.iana\.org/assignments/media-types/"
    r"(application|audio|font|haptics|image|message|model|multipart|text|video)/"
    r"(?!x-(?!www-form|x509|mixed|pki)|sparql-results\+json)[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*"
)  # but for types that are much used and in no registry
_LICENCES = re.compile(
    r"https?://(www\.)?("
    r"publications\.europa\.eu/resource/authority/licence/|europeandataportal\.eu/ontologies/od-licenses#"
    r"|creativecommons\.org/(licenses|publicdomain)/|open(source|definition|datacommons)\.org/licenses/"
    r"|dcat-ap\.de/def/licenses/|govdata\.de/dl-de/|nationalarchives\.gov\.uk/doc/|gnu\.org/licenses/"
    r"|joinup\.ec\.europa\.eu/|data\.norge\.no/nlod/|etalab\.gouv\.fr/|dati\.gov\.it/|formez\.it/iodl|data\.gov\.hr/"
    r"|data\.gov\.ro/|reference\.data\.gov\.uk/|ordnancesurvey\.co\.uk/|clarin\.eu/|mapsforeurope\.org/"
    r"|data\.europa\.eu/|ec\.europa\.eu/"
    r").+"
)


def file_type(iri: str) -> str:
    """Name of a file type in the EU's table, "" for what is not in it.

    >>> file_type("http://publications.europa.eu/resource/authority/file-type/CSV"), file_type("text/csv")
    ('CSV', '')
    """
    name = iri.removeprefix(FILE_TYPE.iri)
    return name if name != iri and name in FILE_TYPES else ""


def is_media_type(iri: str) -> bool:
    """Is it a media type by its IRI at IANA?"""
    return bool(_MEDIA_TYPE.fullmatch(iri))


def is_known_licence(iri: str) -> bool:
    """Is it a licence of the EU's table, or an address that the table names as an exact match of one?"""
    return bool(_LICENCES.fullmatch(iri))


def is_access_right(iri: str) -> bool:
    """Is it an access right of the EU's table?"""
    return iri.removeprefix(ACCESS_RIGHT.iri) in ACCESS_RIGHTS if iri.startswith(ACCESS_RIGHT.iri) else False
