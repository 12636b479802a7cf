"""The W3C's SPARQL 1.1 test suite, asked over HTTP; docs/conformance.md tells the results."""
