// Narrows the list of questions while words are typed, by the same words as the server does when the form is sent.

const form = document.getElementById("find");
const input = form.elements.q;
const status = document.getElementById("found");
const sections = [...document.querySelectorAll(".by-subject > section")];
const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{Mn}/gu, "")
    .replaceAll("œ", "oe").replaceAll("æ", "ae").replaceAll("ß", "ss").replace(/[^\p{L}\p{N}]+/gu, " ");

function narrow() {
    const words = fold(input.value).split(" ").filter(Boolean);
    for (const section of sections) {
        for (const item of section.querySelectorAll("li")) {
            item.hidden = !words.every((word) => item.dataset.words.includes(word));
        }
        section.hidden = !section.querySelector("li:not([hidden])");
    }
    status.textContent = sections.every((section) => section.hidden) ? form.dataset.none : "";
}

// A page that was asked for with words has only what has these.
if (!input.defaultValue) {
    input.addEventListener("input", narrow);
    if (input.value) narrow();  // which the browser kept from before
}
