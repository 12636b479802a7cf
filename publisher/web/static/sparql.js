// The page /sparql: the form's query is written in an editor, answered without leaving the page, and can be cancelled.
//
// What an answer looks like is the server's affair: its page is asked for, and the parts "problem" and "answer" taken over.

import { completer } from "./sparql-completion.js";
import { openEditor, plain } from "./sparql-editor.js";
import * as past from "./sparql-history.js";
import { format } from "./sparql-text.js";

const MOST_SHOWN = 300_000; // characters of an answer that is shown as it is
const form = document.getElementById("ask");
const told = form.dataset;
const language = document.documentElement.lang;
const locale = { en: "en-GB", pt: "pt-PT" }[language] ?? language; // of dates and numbers
const parts = Object.fromEntries(["problem", "answer", "status", "cancel", "history"].map((id) => [id, document.getElementById(id)]));
let running = null; // {id, controller, text} of the query that the server works on
let kept = ""; // address of the answer that is offered as a file
let identifiers = false; // are things shown by their IRIs?

const prefixes = JSON.parse(document.getElementById("prefixes").textContent);
const kinds = { type: told.kindType, property: told.kindProperty, entity: told.kindEntity, prefix: told.kindPrefix };
const complete = completer({ prefixes, suggest: told.suggest, language, kinds });
let editor = plain(form.elements.query, run); // until the better one has come

form.addEventListener("submit", (event) => (event.preventDefault(), run()));
parts.cancel.addEventListener("click", cancel);
document.getElementById("layout").addEventListener("click", () => editor.setText(format(editor.text())));
document.getElementById("share").addEventListener("click", share);
document.getElementById("forget").addEventListener("click", () => (past.clear(), showHistory()));
document.getElementById("questions").addEventListener("click", loadQuestion);
document.getElementById("filter").addEventListener("input", (event) => filterQuestions(event.target.value));
addEventListener("pagehide", () => running && stop(running.id));
addEventListener("hashchange", takeFragment);
takeFragment();
showHistory();
takeUp();
openEditor({ form, address: told.editor, run, complete }).then((better) => {
    editor = better ?? editor;
    markFault();
});
if (parts.answer.querySelector("[data-size]")) say(answered(performance.getEntriesByType("navigation")[0]?.serverTiming ?? []));

// Running and cancelling

async function run() {
    while (running) await cancel();
    const mine = (running = { id: random(), controller: new AbortController(), text: editor.text() });
    busy(true);
    const clock = countSeconds();
    try {
        await (form.elements.format.value === "html" ? showPage(mine) : showText(mine));
        past.add(mine.text);
        showHistory();
    } catch (error) {
        if (running === mine) say(error.name === "AbortError" ? told.cancelled : told.failed);
    } finally {
        clearInterval(clock);
        if (running === mine) busy((running = null));
    }
}

/** Have the server end the query; to close the connection is not enough, for nobody tells it. */
async function cancel() {
    if (!running) return;
    const { id, controller } = running;
    running = null;
    controller.abort();
    const reached = await stop(id).then(({ ok }) => ok, () => false);
    if (running) return; // the next one, meanwhile
    say(reached ? told.cancelled : told.failed);
    busy(false);
}

function stop(id) {
    return fetch(`${told.cancel}?id=${id}`, { method: "POST", keepalive: true });
}

/** The answer to the form's query; by POST where no address has room for it. */
function ask({ id, controller, text }, accept) {
    const fields = given(text);
    const address = `${form.action}?${fields}`;
    const options = { signal: controller.signal, headers: { Accept: accept, "Query-Id": id } };
    return address.length <= Number(told.longest) ? fetch(address, options) : fetch(form.action, { ...options, method: "POST", body: fields });
}

function given(text) {
    const fields = new URLSearchParams(new FormData(form));
    fields.set("query", text);
    return fields;
}

function random() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Showing

async function showPage(mine) {
    const response = await ask(mine, "text/html");
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const name of ["problem", "answer"]) {
        parts[name].replaceChildren(...(page.getElementById(name)?.childNodes ?? []));
    }
    if (!response.ok && !parts.problem.firstElementChild) showProblem({ detail: `${response.status} ${response.statusText}` });
    takeUp();
    say(response.ok ? answered(timing(response)) : told.refused);
    keepAddress(mine.text);
}

async function showText(mine) {
    const response = await ask(mine, "application/problem+json");
    parts.problem.replaceChildren();
    parts.answer.replaceChildren();
    editor.unmark();
    if (!response.ok) {
        showProblem(await response.json());
        return say(told.refused);
    }
    const file = await response.blob();
    const text = readable(await file.slice(0, 4 * MOST_SHOWN).text(), file);
    const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "result";
    URL.revokeObjectURL(kept);
    kept = URL.createObjectURL(file);
    const save = element("a", { href: kept, download: name }, told.save.replace("{size}", size(file.size)));
    const cut = text.length > MOST_SHOWN || file.size > 4 * MOST_SHOWN ? [element("p", {}, told.beginning)] : [];
    const pre = element("pre", { tabIndex: 0, ariaLabel: told.result }, text.slice(0, MOST_SHOWN));
    parts.answer.append(element("h2", {}, told.result), element("p", {}, save), ...cut, pre);
    say(answered(timing(response)));
    keepAddress(mine.text);
}

/** JSON on lines of its own; everything else, and JSON that was cut, as it came. */
function readable(text, file) {
    try {
        return /json/.test(file.type) ? JSON.stringify(JSON.parse(text), null, 2) : text;
    } catch {
        return text;
    }
}

/** What comes with a page's answer: marks of faults in the editor, and whether things are shown by their IRIs. */
function takeUp() {
    const box = parts.answer.querySelector(".as-iris");
    if (box) {
        box.checked = identifiers;
        box.addEventListener("change", () => (identifiers = box.checked));
    }
    parts.problem.querySelector("[data-go]")?.addEventListener("click", () => editor.focus());
    markFault();
}

function markFault() {
    const problem = parts.problem.querySelector("[data-line]");
    editor.unmark();
    if (!problem) return;
    const { line, column, length } = problem.dataset;
    const message = problem.querySelector("[data-detail]").textContent;
    editor.mark({ line: Number(line), column: Number(column), length: Number(length), message });
}

function showProblem({ detail, line, column, token, suggestion }) {
    const box = element("div", { className: "problem", role: "alert" }, element("p", { lang: "en" }, detail));
    if (suggestion) box.append(element("p", { lang: "en" }, suggestion));
    parts.problem.replaceChildren(box);
    if (line) editor.mark({ line, column, length: [...(token ?? " ")].length, message: detail });
}

function say(text) {
    parts.status.textContent = text;
}

function busy(is) {
    if (!is && document.activeElement === parts.cancel) form.querySelector("[type=submit]").focus();
    parts.cancel.disabled = !is;
    parts.answer.setAttribute("aria-busy", String(Boolean(is)));
    form.classList.toggle("running", Boolean(is));
}

/** Count the seconds for who sees them; those who listen are told once that it runs. */
function countSeconds() {
    const began = performance.now();
    const show = (seconds) => told.running.replace("{seconds}", time(1000 * seconds)).replace("{limit}", time(1000 * told.seconds));
    say(show(0));
    const seen = element("span", { ariaHidden: "true" });
    return setInterval(() => {
        seen.textContent = show(Math.round((performance.now() - began) / 1000));
        if (!seen.isConnected) {
            parts.status.replaceChildren(seen);
        }
    }, 1000);
}

function answered(entries) {
    const total = entries.find(({ name }) => name === "total")?.duration;
    const rows = parts.answer.querySelector("[data-size]")?.textContent.trim() ?? "";
    const took = total === undefined ? "" : told.answered.replace("{time}", time(total)).replace("{limit}", time(1000 * told.seconds));
    return [rows.replace(/(?<=[^.!?])$/, "."), took].filter((part) => part && part !== ".").join(" ");
}

function timing(response) {
    const total = /total;dur=([\d.]+)/.exec(response.headers.get("Server-Timing") ?? "")?.[1];
    return total ? [{ name: "total", duration: Number(total) }] : [];
}

function time(milliseconds) {
    const short = milliseconds > 0 && milliseconds < 1000;
    const unit = short ? { unit: "millisecond" } : { unit: "second", unitDisplay: "long" };
    const options = { style: "unit", maximumSignificantDigits: 2, ...unit };
    return new Intl.NumberFormat(locale, options).format(short ? milliseconds : milliseconds / 1000);
}

function size(bytes) {
    const [value, unit] = bytes < 1000 ? [bytes, "byte"] : bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
    return new Intl.NumberFormat(locale, { style: "unit", unit, maximumSignificantDigits: 2 }).format(value);
}

// Links, questions, history

/** The address of this page with this query; one too long for an address travels in the fragment, which stays here. */
function link(text) {
    const fields = given(text);
    if (fields.get("format") === "html") fields.delete("format");
    const address = `${form.action}?${fields}`;
    return address.length <= Number(told.longest) ? address : `${form.action}#query=${encodeURIComponent(text)}`;
}

function keepAddress(text) {
    history.replaceState(null, "", link(text));
}

/** The query of a long link; of one that was cut within a character, the example stays. */
function takeFragment() {
    if (!location.hash.startsWith("#query=")) return;
    try {
        editor.setText(decodeURIComponent(location.hash.slice(7)));
    } catch {
        // no query can be read from it
    }
}

async function share() {
    const address = link(editor.text());
    try {
        await navigator.clipboard.writeText(address);
        say(told.copied);
    } catch {
        say(told.link.replace("{link}", () => address));
    }
}

async function loadQuestion(event) {
    const question = event.target.closest("a");
    if (!question || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const own = new URL(question.href).searchParams.get("query");
    editor.setText(own ?? (await read(question)));
    form.elements.format.value = "html";
    form.scrollIntoView({ block: "nearest" });
    await run();
}

/** The text of a named query, its header replaced by the question. */
async function read(question) {
    const response = await fetch(question.dataset.text);
    const lines = (await response.text()).split("\n").filter((line) => !line.startsWith("#+"));
    return `# ${question.textContent.trim()}\n${lines.join("\n").trimStart()}`;
}

function filterQuestions(words) {
    const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    for (const item of document.querySelectorAll("#questions li")) {
        item.hidden = !fold(words).split(/\s+/).every((word) => fold(item.textContent).includes(word));
    }
}

function showHistory() {
    const entries = past.read();
    parts.history.hidden = !entries.length;
    const items = entries.map(({ text, when }) => {
        const date = new Date(when);
        const shown = element("time", { dateTime: date.toISOString() }, date.toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" }));
        const button = element("button", { type: "button", className: "past" }, past.summary(text), shown);
        button.addEventListener("click", () => (editor.setText(text), editor.focus(), say(told.loaded)));
        return element("li", {}, button);
    });
    parts.history.querySelector("ol").replaceChildren(...items);
}

function element(name, properties, ...content) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...content);
    return made;
}
