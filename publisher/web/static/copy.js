// A button beside each <pre data-copy="Copy" data-copied="Copied"> that copies its text.

for (const source of document.querySelectorAll("pre[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second copy";
    button.textContent = source.dataset.copy;
    button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = source.dataset.copied;
        setTimeout(() => { button.textContent = source.dataset.copy; }, 2000);
    });
    if (navigator.clipboard) source.after(button);
}
