// What a query is written in: the editor that came with the assets, else the form's own text field, with one interface.

/**
 * The editor in the place of the field `query` of *form*; null where it did not come.
 *
 * address    of its module, "" when it is not here
 * run        called for Ctrl+Enter
 * complete   see sparql-completion.js
 */
export async function openEditor({ form, address, run, complete }) {
    const module = address ? await import(address).catch(() => null) : null;
    if (!module?.createEditor) return null;
    const field = form.elements.query;
    const label = form.querySelector(`label[for="${field.id}"]`);
    const host = document.createElement("div");
    const keys = document.getElementById("keys").textContent.trim();
    const focused = document.activeElement === field; // whoever writes already goes on at the same place
    field.before(host);
    const changed = (text) => {
        field.value = text;
    };
    const { suggestions, deleted, control } = form.dataset;
    const phrases = { Completions: suggestions, "Selection deleted": deleted, "Control character": control };
    const written = module.createEditor({
        phrases, parent: host, text: field.value, cursor: field.selectionStart, label: label.textContent, description: keys, run, changed, complete,
    });
    field.hidden = true;
    field.required = false;
    label.addEventListener("click", () => written.focus());
    if (focused) written.focus();
    return written;
}

/** {text, setText, mark, unmark, focus} of *field*, as the editor has them. */
export function plain(field, run) {
    field.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            run();
        }
    });
    return {
        text: () => field.value,
        setText(text) {
            field.value = text;
            field.removeAttribute("aria-invalid");
        },
        mark({ line, column, length }) {
            const lines = field.value.split("\n");
            const characters = [...(lines[line - 1] ?? "")];
            const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + characters.slice(0, column - 1).join("").length;
            field.setAttribute("aria-invalid", "true");
            field.setSelectionRange(start, start + characters.slice(column - 1, column - 1 + length).join("").length);
        },
        unmark: () => field.removeAttribute("aria-invalid"),
        focus: () => field.focus(),
    };
}
