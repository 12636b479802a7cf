// Suggestions below a search field, as a combobox with a list (ARIA Authoring Practices): the form works without it.
// The words shown come with the form, as data- attributes.

const PAUSE = 120; // milliseconds without a key before the server is asked
const KEPT = 50; // answers that are kept

for (const form of document.querySelectorAll("form[role=search][data-suggest]")) attach(form);

function attach(form) {
  const field = form.querySelector("input[name=q]");
  const list = document.createElement("ul");
  const status = document.createElement("p");
  const answers = new Map();
  let asked = new AbortController();
  let timer = 0;
  let items = [];
  let active = -1;

  list.id = `${field.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.label);
  status.className = "unseen";
  status.setAttribute("role", "status");
  form.append(list, status);
  field.autocomplete = "off";
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) field.setAttribute(name, value);

  field.addEventListener("input", () => {
    clearTimeout(timer);
    asked.abort();
    if (field.value.trim()) timer = setTimeout(ask, PAUSE);
    else {
      items = [];
      close();
    }
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && items.length) {
      event.preventDefault();
      if (list.hidden) open();
      select(active + steps[event.key]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && active >= 0 && !list.hidden) {
      event.preventDefault();
      location.assign(items[active].href);
    }
  });
  field.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(items[Number(option.dataset.place)].href);
  });

  async function ask() {
    const text = field.value.trim();
    asked = new AbortController();
    try {
      if (!answers.has(text)) {
        const address = new URL(form.dataset.suggest, location.href);
        address.searchParams.set("q", text.slice(0, field.maxLength > 0 ? field.maxLength : 200));
        const answer = await fetch(address, { signal: asked.signal });
        if (!answer.ok) return close();
        if (answers.size >= KEPT) answers.clear();
        answers.set(text, (await answer.json()).items);
      }
      if (text === field.value.trim() && document.activeElement === field) show(answers.get(text));
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function show(found) {
    items = found;
    active = -1;
    field.removeAttribute("aria-activedescendant");
    list.replaceChildren(...items.map(option));
    const count = items.length === 1 ? form.dataset.one : form.dataset.several;
    status.textContent = items.length ? count.replace("{number}", items.length) : form.dataset.none;
    if (items.length) open();
    else close();
  }

  function option(item, place) {
    const entry = document.createElement("li");
    const name = document.createElement("span");
    const kind = document.createElement("small");
    entry.id = `${list.id}-${place}`;
    entry.dataset.place = place;
    entry.setAttribute("role", "option");
    entry.setAttribute("aria-selected", "false");
    name.textContent = item.name;
    if (item.lang) name.lang = item.lang;
    kind.textContent = [item.kind, item.also].filter(Boolean).join(" · ");
    entry.append(name, kind);
    return entry;
  }

  function select(place) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = place < -1 ? items.length - 1 : place >= items.length ? -1 : place;
    const entry = list.children[active];
    if (!entry) return field.removeAttribute("aria-activedescendant");
    entry.setAttribute("aria-selected", "true");
    entry.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", entry.id);
  }

  function open() {
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
  }

  function close() {
    clearTimeout(timer);
    list.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }
}
