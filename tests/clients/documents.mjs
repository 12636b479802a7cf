// Reads RDF documents with JavaScript's parsers and prints them in N-Triples, as one JSON object, path -> statements:
// `node documents.mjs <address> <path>…`. JSON-LD is loaded as jsonld.js does it, and alone: a context by address is an error.
import jsonld from 'jsonld';
import { Parser, Writer } from 'n3';
import { RdfXmlParser } from 'rdfxml-streaming-parser';

const [address, ...paths] = process.argv.slice(2);

const written = (quads) => new Promise((resolve, reject) => {
  const writer = new Writer({ format: 'N-Triples' });
  writer.addQuads(quads);
  writer.end((error, text) => (error ? reject(error) : resolve(text)));
});

const rdfXml = (text, baseIRI) => new Promise((resolve, reject) => {
  const quads = [];
  const parser = new RdfXmlParser({ baseIRI });
  parser.on('data', (quad) => quads.push(quad)).on('error', reject).on('end', () => resolve(written(quads)));
  parser.end(text);
});

const load = jsonld.documentLoaders.node();
const alone = (document) => (url) => {
  if (url !== document) throw new Error(`asked the network for ${url}`);
  return load(url);
};

const readers = {
  jsonld: (text, url) => jsonld.toRDF(url, { documentLoader: alone(url), format: 'application/n-quads' }),
  nt: (text) => written(new Parser({ format: 'N-Triples' }).parse(text)),
  ttl: (text, baseIRI) => written(new Parser({ baseIRI }).parse(text)),
  rdf: rdfXml,
  xml: rdfXml,
};

const found = {};
for (const path of paths) {
  const answer = await fetch(address + path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  found[path] = await readers[path.split('.').pop()](await answer.text(), answer.url);
}
process.stdout.write(JSON.stringify(found), () => process.exit());
