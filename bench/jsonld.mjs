// Compacts N-Quads with jsonld.js: `node jsonld.mjs <folder of node_modules> <lines> <context> <output>` prints
// the seconds of processor time that took.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, lines, context, output] = process.argv.slice(2);
const jsonld = createRequire(`${folder}/`)('jsonld');
const text = readFileSync(lines, 'utf8');
const terms = JSON.parse(readFileSync(context, 'utf8'));
const started = process.cpuUsage();
const expanded = await jsonld.fromRDF(text, { format: 'application/n-quads' });
writeFileSync(output, JSON.stringify(await jsonld.compact(expanded, terms)));
const used = process.cpuUsage(started);
console.log((used.user + used.system) / 1e6);
