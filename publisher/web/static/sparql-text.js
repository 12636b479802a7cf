// The text of a query: its tokens, its prefixes, and how it is laid out. Pure functions, no page.
//
// Source: SPARQL 1.1 Query Language, section 19.8 (terminals).

const KINDS = [
    ["comment", /#[^\n\r]*/uy],
    ["iri", /<[^<>"{}|^`\\\x00-\x20]*>/uy],
    ["string", /"""(?:[^"\\]|\\.|"(?!""))*"""|'''(?:[^'\\]|\\.|'(?!''))*'''|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'/suy],
    ["variable", /[?$][\p{L}\p{N}_][\p{L}\p{N}\p{M}_·]*/uy],
    ["blank", /_:[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_-])?/uy],
    ["name", /(?:\p{L}(?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_-])?)?:(?:(?:[\p{L}\p{N}_:.-]|%[0-9A-Fa-f]{2}|\\[^\w\s])*(?:[\p{L}\p{N}_:-]|%[0-9A-Fa-f]{2}|\\[^\w\s]))?/uy],
    ["language", /@[A-Za-z]+(?:-[A-Za-z0-9]+)*/uy],
    ["number", /\d*\.\d+(?:[eE][+-]?\d+)?|\d+(?:\.?[eE][+-]?\d+)?/uy],
    ["word", /[\p{L}_][\p{L}\p{N}_]*/uy],
    ["space", /\s+/uy],
    ["sign", /\^\^|&&|\|\||!=|<=|>=|[^]/uy],
];
const FORMS = new Set(["SELECT", "CONSTRUCT", "ASK", "DESCRIBE"]);
const CLAUSES = new Set([...FORMS, "FROM", "GROUP", "HAVING", "ORDER", "LIMIT"]);
const PATTERNS = new Set(["OPTIONAL", "MINUS", "FILTER", "BIND", "GRAPH", "VALUES"]);
const APART = new Set([...CLAUSES, ...PATTERNS, "IN", "AS", "BY", "WHERE", "DISTINCT", "REDUCED", "UNION", "NOT"]); // from "("
export const KEYWORDS = [
    ...FORMS, "WHERE", "FROM", "NAMED", "DISTINCT", "REDUCED", "PREFIX", "BASE", "OPTIONAL", "FILTER", "BIND", "VALUES", "UNION",
    "MINUS", "GRAPH", "UNDEF", "NOT", "EXISTS", "IN", "AS", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "OFFSET", "ASC", "DESC",
    "COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT", "SEPARATOR", "STR", "LANG", "LANGMATCHES", "DATATYPE", "BOUND",
    "IRI", "URI", "BNODE", "RAND", "ABS", "CEIL", "FLOOR", "ROUND", "CONCAT", "STRLEN", "UCASE", "LCASE", "ENCODE_FOR_URI",
    "CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER", "SUBSTR", "REPLACE", "REGEX", "YEAR", "MONTH", "DAY", "HOURS",
    "MINUTES", "SECONDS", "NOW", "COALESCE", "IF", "STRLANG", "STRDT", "SAMETERM", "ISIRI", "ISURI", "ISBLANK", "ISLITERAL",
    "ISNUMERIC", "MD5", "SHA1", "SHA256", "UUID", "STRUUID", "TZ", "TIMEZONE",
];
const UPPER = new Set(KEYWORDS.flatMap((word) => word.split(" ")));
export const isKeyword = (word) => UPPER.has(word.toUpperCase());
const WIDEST = 60; // characters of a group that may stay on its line

/** The tokens of *text*, {kind, text, offset}; their texts, white space included, make up the whole. */
export function tokens(text) {
    const found = [];
    let offset = 0;
    while (offset < text.length) {
        for (const [kind, pattern] of KINDS) {
            pattern.lastIndex = offset;
            const match = pattern.exec(text);
            if (match?.[0]) {
                found.push({ kind, text: match[0], offset });
                offset += match[0].length;
                break;
            }
        }
    }
    return found;
}

/** The prefixes that *text* declares: name -> IRI. */
export function declared(text) {
    const told = tokens(text).filter((token) => token.kind !== "space" && token.kind !== "comment");
    const found = new Map();
    told.forEach((token, at) => {
        if (token.text.toUpperCase() === "PREFIX" && told[at + 2]?.kind === "iri") {
            found.set(told[at + 1].text.slice(0, -1), told[at + 2].text.slice(1, -1));
        }
    });
    return found;
}

/** *text* on lines and with the indentation of its structure; the very same tokens, keywords in capitals. */
export function format(text) {
    const read = withBreaks(text);
    const laid = layOut(read);
    const same = (one) => withBreaks(one).map((token) => token.text.toUpperCase()).join(" ");
    return same(laid) === same(text) ? laid : text;
}

/** Tokens without white space, each with what it was: `lines` breaks and `gap` (white space) before it. */
function withBreaks(text) {
    const found = [];
    let lines = 0;
    let gap = false;
    for (const token of tokens(text)) {
        if (token.kind === "space") {
            lines = token.text.split("\n").length - 1;
            gap = true;
            continue;
        }
        const word = token.kind === "word" ? token.text.toUpperCase() : "";
        const written = UPPER.has(word) ? word : token.text;
        found.push({ ...token, text: token.kind === "comment" ? written.trimEnd() : written, word, lines, gap });
        lines = 0;
        gap = false;
    }
    return found;
}

function layOut(read) {
    const inline = inlineGroups(read);
    const state = { groups: [], brackets: 0, prologue: true, last: null }; // last: the token before, comments left out
    let laid = "";
    read.forEach((token, at) => {
        const before = read[at - 1];
        if (token.text === "}") state.groups.pop();
        const breaks = before ? linesBefore(token, before, state, inline) : 0;
        if (breaks) {
            const depth = state.groups.filter((group) => !group.inline).length + (goesOn(token, state) ? 2 : 0);
            laid += "\n".repeat(breaks) + "  ".repeat(depth);
        } else if (before && isApart(token, before)) {
            laid += " ";
        }
        laid += token.text;
        if (token.text === "{") state.groups.push({ inline: inline.has(token) });
        if (token.text === "(" || token.text === "[") state.brackets += 1;
        if (token.text === ")" || token.text === "]") state.brackets -= 1;
        if (FORMS.has(token.word)) state.prologue = false;
        if (token.kind !== "comment") state.last = token;
    });
    return laid + "\n";
}

/** Does a line that begins with *token* go on with what the line before began? */
function goesOn(token, { groups, brackets, prologue, last }) {
    if (brackets) return true;
    if (!last || ["{", "}"].includes(token.text) || startsClause(token)) return false;
    const ended = ["{", "}", "."].includes(last.text) || (last.text === ")" && groups.length);
    return !ended && !(prologue && last.kind === "iri");
}

function startsClause(token) {
    return CLAUSES.has(token.word) || PATTERNS.has(token.word) || ["PREFIX", "BASE", "WHERE"].includes(token.word);
}

/** The opening braces of groups short and simple enough to stay on the line on which they were written. */
function inlineGroups(read) {
    const found = new Set();
    const opened = [];
    read.forEach((token, at) => {
        if (token.text === "{") opened.push(at);
        if (token.text !== "}" || !opened.length) return;
        const first = opened.pop();
        const within = read.slice(first + 1, at);
        const length = within.reduce((sum, one) => sum + one.text.length + 1, 0);
        const simple = within.every((one) => !one.lines && !["{", "}", ".", ";"].includes(one.text) && one.kind !== "comment");
        if (simple && !token.lines && length <= WIDEST) found.add(read[first]).add(token);
    });
    return found;
}

/** How many lines are broken before *token*: an empty line that was there stays. */
function linesBefore(token, before, state, inline) {
    const kept = Math.min(token.lines, 2);
    if (token.kind === "comment") return kept;
    if (before.kind === "comment") return Math.max(1, kept);
    if (state.brackets) return Math.min(kept, 1);
    if (state.prologue && (token.word === "PREFIX" || token.word === "BASE")) return Math.max(1, kept);
    if (FORMS.has(token.word) && state.prologue) return before.kind === "iri" ? 2 : Math.max(1, kept);
    if (before.text === "{") return inline.has(before) ? 0 : 1;
    if (token.text === "}") return inline.has(token) ? 0 : 1;
    if (state.groups.at(-1)?.inline) return 0;
    if ([".", "UNION", "AS", "WHERE"].includes(token.word || token.text)) return 0;
    if (before.text === "}") return Math.max(1, kept);
    if ([".", ";"].includes(before.text)) return Math.max(1, kept);
    if (before.word === "UNION" || before.word === "NOT") return 0;
    if (CLAUSES.has(token.word) || PATTERNS.has(token.word)) return Math.max(1, kept);
    return token.text === "{" ? 0 : kept;
}

/** Does a space stand between the two? */
function isApart(token, before) {
    if (before.text === "(" || token.text === ")" || token.text === ",") return false;
    if ([".", ";", "{", "}"].includes(token.text) || ["{", "}", ",", ".", ";"].includes(before.text)) return true;
    if (token.text === "(" && before.kind === "word") return APART.has(before.word);
    return token.gap || token.kind === "comment";
}
