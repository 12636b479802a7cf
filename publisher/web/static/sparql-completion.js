// What could be written at a place of a query: words of SPARQL, its own variables, prefixes, and by their names the
// classes, properties and things of the data, for which this server's suggestions are asked.

import { KEYWORDS, declared, isKeyword, tokens } from "./sparql-text.js";

const LEAST = 2; // letters of a name, before the server is asked
const MOST = 30; // suggestions that are shown
const PLAIN = /^[\p{L}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?$/u; // local names that need no escape
const TERMS = new Set(["variable", "iri", "name", "blank", "string", "number", "language"]);
const SILENT = ["comment", "string", "iri", "number", "language"]; // kinds of tokens within which nothing is suggested
const WORDS = /(?<![\p{L}\p{N}_:?$@"'<-])\p{L}[\p{L}\p{N}'’-]*(?: +[\p{L}\p{N}][\p{L}\p{N}'’-]*){0,4}$/u; // of a name, at most five
const UNCLOSED = /["<]$|(?<!\p{L})'$/u; // a text or an IRI begins
const WITHIN_NAMES = new Set(["AS", "BY", "IN", "NOT"]); // keywords that nothing but keywords and signs can follow

/**
 * A function that completes, as createEditor of the editor wants it.
 *
 * prefixes   name -> IRI, of what the data use first
 * suggest    address that suggestions are asked of: suggest + "type?prefix=…"
 * language   of names
 * kinds      what "type", "property", "entity" and "prefix" are called for the reader
 */
export function completer({ prefixes, suggest, language, kinds }) {
    const byLength = Object.entries(prefixes).sort(([, one], [, other]) => other.length - one.length);

    /** How *iri* is written: with a prefix where one fits, which the query may have to declare. */
    function written(iri, own) {
        for (const [name, namespace] of [...own, ...byLength.filter(([known]) => !own.has(known))]) {
            if (iri.startsWith(namespace) && PLAIN.test(iri.slice(namespace.length))) {
                const declare = own.has(name) ? null : { name, iri: namespace };
                return { insert: `${name}:${iri.slice(namespace.length)}`, declare };
            }
        }
        return { insert: `<${iri}>`, declare: null };
    }

    /** What of a kind is called so, or has such an IRI, when *start* begins with a prefix. */
    async function named(kind, start, own, signal) {
        const { text, namespace } = asked(kind, start, own);
        const address = `${suggest}${kind}?${new URLSearchParams({ prefix: text, lang: language })}`;
        const response = await fetch(address, { signal });
        if (!response.ok) return [];
        const { result } = await response.json();
        return result.filter((found) => found.id.startsWith(namespace)).map((found) => {
            const how = written(found.id, own);
            const types = (found.notable ?? []).map((type) => type.name ?? type).join(", ");
            return { ...how, label: found.name, detail: `${how.insert} · ${types || kinds[kind]}`, info: found.description, type: kind };
        });
    }

    /** What the server is asked for: it knows terms by its own prefixes, things by their names, which IRIs are made of. */
    function asked(kind, start, own) {
        const [prefix, local] = start.split(":", 2);
        const namespace = own.get(prefix) ?? byLength.find(([name]) => name === prefix)?.[1];
        if (local === undefined || !namespace) return { text: start, namespace: "" };
        const name = byLength.find(([, iri]) => iri === namespace)?.[0] ?? prefix;
        return { text: kind === "entity" ? local.replace(/[-_]/g, " ") : `${name}:${local}`, namespace };
    }

    /** Of the kinds that are *wanted*, what *start* may become; nothing, when the server is not reached or the reader wrote on. */
    async function offered(wanted, start, own, signal) {
        if (start.length < LEAST) return [];
        const lists = await Promise.all(wanted.map((kind) => named(kind, start, own, signal))).catch(() => []);
        const found = lists.flat().slice(0, MOST);
        return wanted[0] === "property" ? found.map(asPredicate) : found;
    }

    /** A class in the place of a predicate is meant as that of the subject. */
    function asPredicate(option) {
        return option.type === "type" ? { ...option, insert: `a ${option.insert}`, detail: `a ${option.detail}` } : option;
    }

    function startingPrefixes(start, own) {
        const found = Object.entries(prefixes).filter(([name]) => name.startsWith(start.toLowerCase()));
        return found.map(([name, iri]) => ({
            label: `${name}:`, detail: kinds.prefix, info: iri, type: "prefix", declare: own.has(name) ? null : { name, iri },
        }));
    }

    return async function complete({ text, offset, explicit, signal }) {
        const told = tokens(text).filter((token) => token.kind !== "space");
        const at = told.findIndex((token) => token.offset < offset && offset <= token.offset + token.text.length);
        const here = told[at];
        if (here && SILENT.includes(here.kind)) return null;
        const inWord = here && ["word", "name", "variable"].includes(here.kind);
        const from = inWord || here?.text === "?" ? here.offset : offset;
        if (UNCLOSED.test(text.slice(0, from))) return null;
        const start = text.slice(from, offset);
        const before = (place) => told.filter((token) => token.kind !== "comment" && token.offset + token.text.length <= place);
        const own = declared(text);
        if (before(from).at(-1)?.text.toUpperCase() === "PREFIX") return declarations(prefixes, from, start, kinds);
        if (start.startsWith("?") || start.startsWith("$")) return variables(told, from, start);
        if (!start && !explicit) return null;
        const words = here?.kind === "word" ? beginnings(text.slice(0, offset)) : [];
        const places = words.length ? words : [from];
        const wanted = kindsAt(before(places[0]));
        for (const place of places) {
            const options = await offered(wanted, text.slice(place, offset), own, signal);
            if (places.length === 1 && !start.includes(":")) {
                const all = [...options, ...startingPrefixes(start, own)];
                const goesOn = wanted[0] !== "entity" && isInGroup(before(place));
                return { from: place, options: goesOn ? [...all, ...keywords(start)] : [...keywords(start), ...all] };
            }
            if (options.length) return { from: place, options };
        }
        return null;
    };
}

function keywords(start) {
    return KEYWORDS.filter((word) => word.startsWith(start.toUpperCase())).map((word) => ({ label: word, type: "keyword" }));
}

/** Are there more opening than closing braces? */
function isInGroup(before) {
    return before.reduce((depth, { text }) => depth + (text === "{") - (text === "}"), 0) > 0;
}

/** Where the name that *text* ends with may begin, of several words or one: the longest first. */
export function beginnings(text) {
    const found = WORDS.exec(text);
    if (!found) return [];
    const words = [...found[0].matchAll(/[^ ]+/g)];
    const last = words.slice(0, -1).findLastIndex(([word]) => word === "a" || (isKeyword(word) && !WITHIN_NAMES.has(word.toUpperCase())));
    return words.slice(last + 1).map((word) => found.index + word.index);
}

function variables(told, from, start) {
    const others = told.filter((token) => token.kind === "variable" && token.offset !== from && token.text.startsWith(start));
    return { from, options: [...new Set(others.map((token) => token.text))].map((label) => ({ label, type: "variable" })) };
}

/** After the word PREFIX: whole declarations. */
function declarations(prefixes, from, start, kinds) {
    const found = Object.entries(prefixes).filter(([name]) => `${name}:`.startsWith(start));
    const options = found.map(([name, iri]) => ({ label: `${name}:`, insert: `${name}: <${iri}>`, detail: iri, type: "prefix" }));
    return { from, options };
}

/** What kinds of names make sense behind the tokens *before*, the likeliest first: subject, predicate and object of a statement. */
export function kindsAt(before) {
    const [two, last] = [before.at(-2), before.at(-1)];
    if (last?.text === "a" || last?.text === "rdf:type") return ["type"];
    if ([";", "^", "/", "|"].includes(last?.text)) return ["property"];
    const begins = !two || ["{", "}", ".", ")"].includes(two.text) || two.kind === "word";
    if (TERMS.has(last?.kind) && begins && !["FROM", "GRAPH"].includes(two?.text.toUpperCase())) return ["property", "type"];
    return ["entity", "type", "property"];
}
