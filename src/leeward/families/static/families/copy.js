// Adds a button that copies what stands beside it. Without script, or without a clipboard, one press marks it whole.
if (navigator.clipboard) {
  for (const box of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button--quiet";
    button.textContent = box.dataset.copy;
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(box.querySelector(".address").textContent);
      } catch {
        return; // The browser does not let us; the words can still be marked.
      }
      told.textContent = box.dataset.copied;
    });
    box.append(button, told);
  }
}
