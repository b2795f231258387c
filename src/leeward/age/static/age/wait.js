// Looks whether somebody answered meanwhile, and shows the page anew then. Without this script the link does it.
(() => {
  "use strict";
  const waits = document.getElementById("waits");
  const EVERY_MS = 3000;
  const LONGEST_MS = 30 * 60 * 1000;
  const begun = Date.now();

  async function look() {
    if (Date.now() - begun > LONGEST_MS) return;
    if (!document.hidden) {
      try {
        const answer = await fetch(waits.dataset.state, { headers: { Accept: "application/json" } });
        if (answer.ok && (await answer.json()).is_answered) {
          location.assign(waits.dataset.next);
          return;
        }
      } catch {
        // Off the network for a moment: looked at again.
      }
    }
    setTimeout(look, EVERY_MS);
  }

  waits.hidden = false;
  setTimeout(look, EVERY_MS);
})();
