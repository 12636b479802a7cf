"""A linked-data publisher: a folder of RDF in, a SPARQL endpoint and linked data out."""

__version__ = "0.4.0"
