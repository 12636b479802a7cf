// Points JavaScript clients at a server and prints what each got, as one JSON object: `node clients.mjs <address>`.
// What is right is said in tests/test_clients.py.
import { isDeepStrictEqual } from 'node:util';
import { QueryEngine } from '@comunica/query-sparql';
import { SparqlEndpointFetcher } from 'fetch-sparql-endpoint';
import jsonld from 'jsonld';
import SparqlClient from 'sparql-http-client';

const address = process.argv[2];
const endpoint = `${address}sparql`;
const MEMBERS = 'SELECT ?member WHERE { ?member a <https://w3id.org/urban-security/ns#Member> }';
const LABEL = 'SELECT ?label WHERE { <https://w3id.org/urban-security/id/member/liege> <http://www.w3.org/2000/01/rdf-schema#label> ?label }';
const ENDORSED = `PREFIX usec: <https://w3id.org/urban-security/ns#>
  SELECT DISTINCT ?endorsement ?name WHERE {
    ?endorsement usec:endorser ?member .
    VALUES ?member { <https://w3id.org/urban-security/id/member/liege> }
    ?member <http://www.w3.org/2000/01/rdf-schema#label> ?name FILTER(LANG(?name) = "fr")
  }`;
const TYPES = 'CONSTRUCT { ?member a ?type } WHERE { VALUES ?member { <https://w3id.org/urban-security/id/member/liege> } ?member a ?type }';

const collect = async (stream) => {
  const items = [];
  for await (const item of stream) items.push(item);
  return items;
};

// Comunica: over the endpoint (found by its service description), documents and dumps, and joins of these.
const comunica = new QueryEngine();
const rows = async (query, ...sources) => (await (await comunica.queryBindings(query, { sources })).toArray()).length;
const named = async (source) => {
  const found = await (await comunica.queryBindings(LABEL, { sources: [source] })).toArray();
  return found.map((row) => `${row.get('label').value}@${row.get('label').language}`).sort();
};

// jsonld.js: its document loader asks the server for our contexts.
const fetchText = async (path, accept) => (await fetch(address + path, { headers: { accept } })).text();
const readJson = async (path) => JSON.parse(await fetchText(path, 'application/ld+json'));
const unordered = (value) => {
  if (Array.isArray(value)) return value.map(unordered).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, unordered(value[key])]));
};
const canonize = (document, options) => jsonld.canonize(document, { algorithm: 'RDFC-1.0', format: 'application/n-quads', ...options });

// The other two: thin clients of the protocol.
const fetcher = new SparqlEndpointFetcher();
const client = new SparqlClient({ endpointUrl: endpoint });

const checks = {
  comunica_by_type: () => rows(MEMBERS, { type: 'sparql', value: endpoint }),
  comunica_by_discovery: () => rows(MEMBERS, endpoint),
  comunica_ask: () => comunica.queryBoolean(`ASK { ?s a <https://w3id.org/urban-security/ns#Member> }`, { sources: [endpoint] }),
  comunica_construct: async () => (await (await comunica.queryQuads(TYPES, { sources: [endpoint] })).toArray()).length,
  comunica_resource: () => named(`${address}id/member/liege`),
  comunica_jsonld: () => named(`${address}doc/member/liege.jsonld`),
  comunica_turtle_dump: () => rows(MEMBERS, `${address}dump/latest/urban-security.ttl`),
  comunica_join: () => rows(ENDORSED, `${address}dataset/endorsements.ttl`, endpoint),
  jsonld_expands: async () => (await jsonld.expand(`${address}doc/member/liege.jsonld`))[0]['@id'],
  jsonld_says_the_same: async () => {
    const document = await canonize(`${address}doc/member/liege.jsonld`);
    const triples = await canonize(await fetchText('doc/member/liege.nt', 'application/n-triples'), { inputFormat: 'application/n-quads' });
    return document === triples && document.trim().split('\n').length;
  },
  jsonld_compacts: async () => {
    const document = await readJson('doc/member/liege.jsonld');
    return isDeepStrictEqual(unordered(await jsonld.compact(await jsonld.expand(document), document['@context'])), unordered(document));
  },
  jsonld_frames: async () => {
    const document = await readJson('doc/member/liege.jsonld');
    const frame = { ...(await readJson('frames/member.jsonld')), id: document.id };
    return isDeepStrictEqual(unordered(await jsonld.frame(document, frame)), unordered(document));
  },
  jsonld_reads_a_result: async () => {
    const answer = await fetchText(`sparql?query=${encodeURIComponent(TYPES)}`, 'application/ld+json');
    return (await jsonld.toRDF(JSON.parse(answer))).length;
  },
  fetch_sparql_select: async () => (await collect(await fetcher.fetchBindings(endpoint, MEMBERS))).length,
  fetch_sparql_ask: () => fetcher.fetchAsk(endpoint, MEMBERS.replace(/SELECT \?member WHERE/, 'ASK')),
  fetch_sparql_construct: async () => (await collect(await fetcher.fetchTriples(endpoint, TYPES))).length,
  fetch_sparql_error: () => fetcher.fetchBindings(endpoint, 'SELECT * WHER { ?s ?p ?o }').catch((error) => error.message),
  http_client_select: async () => (await collect(client.query.select(MEMBERS))).length,
  http_client_ask: () => client.query.ask(MEMBERS.replace(/SELECT \?member WHERE/, 'ASK')),
  http_client_construct: async () => (await collect(client.query.construct(TYPES))).length,
  http_client_form: async () => (await collect(client.query.select(MEMBERS, { operation: 'postUrlencoded' }))).length,
  http_client_direct: async () => (await collect(client.query.select(MEMBERS, { operation: 'postDirect' }))).length,
};

const found = {};
for (const [name, check] of Object.entries(checks)) {
  found[name] = await check().catch((error) => `failed: ${error.message}`);
}
process.stdout.write(JSON.stringify(found, null, 1), () => process.exit());
