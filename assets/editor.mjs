// The query editor of the page /sparql: CodeMirror with a mode for SPARQL, in the colours of the page.
//
// It stands in a shadow root: there CodeMirror writes its styles as constructed style sheets, which a strict Content
// Security Policy allows. Tab is left alone, so that the keyboard gets out as it got in; Ctrl+] and Ctrl+[ indent.

import {autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap} from "@codemirror/autocomplete";
import {defaultKeymap, history, historyKeymap} from "@codemirror/commands";
import {bracketMatching, HighlightStyle, indentOnInput, indentUnit, StreamLanguage, syntaxHighlighting} from "@codemirror/language";
import {sparql} from "@codemirror/legacy-modes/mode/sparql";
import {lintGutter, setDiagnostics} from "@codemirror/lint";
import {EditorState, Prec} from "@codemirror/state";
import {drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers, placeholder} from "@codemirror/view";
import {tags} from "@lezer/highlight";

const colours = HighlightStyle.define([
  {tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600"},
  {tag: tags.standard(tags.variableName), color: "var(--code-keyword)"},
  {tag: tags.local(tags.variableName), color: "var(--code-variable)", whiteSpace: "nowrap"},
  {tag: tags.atom, color: "var(--code-name)"},
  {tag: tags.string, color: "var(--code-text)"},
  {tag: tags.comment, color: "var(--quiet)", fontStyle: "italic"},
  {tag: tags.meta, color: "var(--code-text)"},
]);

const theme = EditorView.theme({
  "&": {backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--field)", borderRadius: "2px", fontSize: ".95rem", maxHeight: "36rem"},
  "&.cm-focused": {outline: "3px solid var(--link)", outlineOffset: "2px"},
  ".cm-scroller": {fontFamily: "var(--mono, ui-monospace, 'Cascadia Mono', 'Liberation Mono', Menlo, monospace)", lineHeight: "1.55", overflow: "auto"},
  ".cm-content, .cm-gutter": {minHeight: "calc(22rem - 2px)"},
  ".cm-content": {paddingBlock: ".6rem", caretColor: "var(--ink)"},
  ".cm-gutters": {backgroundColor: "var(--wash)", color: "var(--quiet)", borderRight: "1px solid var(--line)"},
  ".cm-activeLine": {backgroundColor: "transparent", boxShadow: "inset 2px 0 var(--link)"},
  ".cm-cursor": {borderLeftColor: "var(--ink)", borderLeftWidth: "2px"},
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {backgroundColor: "var(--code-selection)"},
  "&.cm-focused .cm-matchingBracket": {backgroundColor: "var(--wash)", outline: "1px solid var(--field)"},
  "&.cm-focused .cm-nonmatchingBracket": {backgroundColor: "var(--alarm-wash)", outline: "1px solid var(--alarm)"},
  ".cm-lintRange-error": {backgroundImage: "none", textDecoration: "underline wavy 2px var(--alarm)", textUnderlineOffset: "3px"},
  ".cm-lintPoint-error::after": {borderBottomColor: "var(--alarm)"},
  ".cm-gutter-lint": {width: "1.2em"},
  ".cm-lint-marker-error": {content: "normal", display: "block", textAlign: "center", fontWeight: "700", color: "var(--alarm)"},
  ".cm-lint-marker-error::before": {content: "'!'"},
  ".cm-placeholder": {color: "var(--quiet)"},
  ".cm-tooltip": {backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--field)", borderRadius: "2px", boxShadow: "0 4px 16px rgb(0 0 0 / .18)"},
  ".cm-tooltip-lint": {maxWidth: "30rem", fontFamily: "var(--sans, system-ui, sans-serif)"},
  ".cm-diagnostic-error": {borderLeft: "4px solid var(--alarm)"},
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {fontFamily: "inherit", fontSize: ".9rem", height: "auto", maxHeight: "18rem", maxWidth: "min(38rem, 92vw)"},
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {display: "flex", gap: ".75em", lineHeight: "24px", padding: "2px 10px"},
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {backgroundColor: "var(--brand)", color: "var(--on-brand)"},
  ".cm-completionLabel": {overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap"},
  ".cm-completionMatchedText": {textDecoration: "none", fontWeight: "700"},
  ".cm-completionDetail": {marginLeft: "auto", fontStyle: "normal", color: "var(--quiet)", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap"},
  "li[aria-selected] .cm-completionDetail": {color: "inherit"},
  ".cm-completionInfo-left-narrow, .cm-completionInfo-right-narrow": {display: "none"}, // else it covers what it tells of
  ".cm-completionInfo": {maxWidth: "22rem", padding: ".5rem .75rem", fontSize: ".9rem"},
});

/**
 * An editor in *parent*, an element of the page without content.
 *
 * text      the query to begin with; cursor: where in it, in units of UTF-16
 * label, description   what the editor is called, and how its keys work, for those who do not see it
 * phrases   CodeMirror's own words -> those of the reader
 * run       called for Ctrl+Enter
 * changed   called with the text after each change
 * complete  async ({text, offset, explicit}) -> {from, options} or null; an option is {label, detail, info, type, insert,
 *           declare}: `declare`, of {name, iri}, is a prefix that the query must declare for `insert` to be right
 * returns   {text, setText, mark, unmark, focus}; mark({line, column, length, message}) counts from 1, in characters
 */
export function createEditor({parent, text, cursor = 0, label, description = "", phrases = {}, run, changed, complete}) {
  const root = parent.attachShadow({mode: "open"});
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      selection: {anchor: Math.min(cursor, text.length)},
      extensions: [
        lineNumbers(), lintGutter(), highlightSpecialChars(), history(), drawSelection(), indentOnInput(), bracketMatching(),
        closeBrackets(), highlightActiveLine(), indentUnit.of("  "), EditorState.tabSize.of(2), EditorView.lineWrapping,
        StreamLanguage.define(sparql), syntaxHighlighting(colours), theme, EditorState.phrases.of(phrases),
        EditorView.contentAttributes.of({"aria-label": label, "aria-description": description, "aria-multiline": "true", spellcheck: "false", autocapitalize: "off"}),
        placeholder("SELECT * WHERE { ?s ?p ?o } LIMIT 10"),
        EditorView.domEventHandlers({beforeinput: typeOver}),
        autocompletion({override: [context => ask(complete, context)], icons: false, activateOnTypingDelay: 150}),
        Prec.highest(keymap.of([{key: "Mod-Enter", run: () => (run(), true)}])),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.updateListener.of(update => update.docChanged && changed(update.state.doc.toString())),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    setText(text) {
      view.dispatch({changes: {from: 0, to: view.state.doc.length, insert: text}, selection: {anchor: 0}, scrollIntoView: true});
      view.dispatch(setDiagnostics(view.state, []));
    },
    mark(fault) {
      const {from, to} = range(view.state.doc, fault);
      view.dispatch(setDiagnostics(view.state, [{from, to, severity: "error", message: fault.message}]));
      view.dispatch({selection: {anchor: from}, effects: EditorView.scrollIntoView(from, {y: "nearest", yMargin: 40})});
    },
    unmark: () => view.dispatch(setDiagnostics(view.state, [])),
    focus: () => view.focus(),
  };
}

/**
 * What is typed over a selection of several lines is put into the text here: left to the browser, it would join the
 * lines with style attributes, which the Content Security Policy refuses.
 */
function typeOver(event, view) {
  const {from, to, empty} = view.state.selection.main;
  if (event.inputType !== "insertText" || !event.data || empty || view.composing) return false;
  const write = () => view.state.update(view.state.replaceSelection(event.data), {userEvent: "input.type", scrollIntoView: true});
  const handled = view.state.facet(EditorView.inputHandler).some(handle => handle(view, from, to, event.data, write));
  if (!handled) view.dispatch(write());
  event.preventDefault();
  return true;
}

async function ask(complete, context) {
  const controller = new AbortController();
  context.addEventListener("abort", () => controller.abort());
  const found = await complete({text: context.state.doc.toString(), offset: context.pos, explicit: context.explicit, signal: controller.signal});
  if (!found || context.aborted) return null;
  return {from: found.from, filter: false, options: found.options.map(option => ({...option, apply}))};
}

/** Put a completion into the text, and the declaration of its prefix before everything else. */
function apply(view, {insert, label, declare}, from, to) {
  const written = insert ?? label;
  const before = declare ? `PREFIX ${declare.name}: <${declare.iri}>\n` : "";
  const changes = [{from, to, insert: written}];
  if (before) changes.unshift({from: 0, insert: before});
  view.dispatch({changes, selection: {anchor: from + before.length + written.length}, userEvent: "input.complete"});
}

/** Offsets of a fault at line and column, which count characters; CodeMirror counts units of UTF-16. */
function range(doc, {line, column, length}) {
  const found = doc.line(Math.min(Math.max(1, line), doc.lines));
  const characters = [...found.text];
  const units = (from, to) => characters.slice(from, to).join("").length;
  const from = found.from + units(0, column - 1);
  return {from, to: Math.min(found.to, from + Math.max(1, units(column - 1, column - 1 + length)))};
}
