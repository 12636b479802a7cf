// The queries that this browser ran, latest first. They stay in the browser; nothing of them is sent anywhere.

const PLACE = "sparql-history";
const MOST = 50;
const LONGEST = 20_000; // characters of a query that is kept

/** [{text, when}], `when` in milliseconds since 1970; none where the browser keeps nothing. */
export function read() {
    try {
        const kept = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
        return Array.isArray(kept) ? kept.filter((entry) => typeof entry?.text === "string" && Number.isFinite(entry.when)) : [];
    } catch {
        return [];
    }
}

/** Keep *text* as the latest; one that is there moves up. */
export function add(text) {
    if (text.length > LONGEST) return;
    const others = read().filter((entry) => entry.text !== text);
    write([{ text, when: Date.now() }, ...others].slice(0, MOST));
}

export function clear() {
    write([]);
}

/** The line of a query that tells most: its first comment, else what it asks for. */
export function summary(text) {
    const lines = text.split("\n").map((line) => line.trim());
    const comment = lines.find((line) => /^#\s*\S/.test(line));
    const asks = lines.filter((line) => line && !/^(#|PREFIX|BASE)/i.test(line)).join(" ");
    return (comment?.replace(/^#\s*/, "") ?? asks).slice(0, 120);
}

function write(entries) {
    try {
        localStorage.setItem(PLACE, JSON.stringify(entries));
    } catch {
        // full, or forbidden by the reader
    }
}
