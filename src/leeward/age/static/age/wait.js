// Looks whether somebody answered meanwhile, and goes on then: to the next page, or by sending the form around it. Without this
// script a link or the button of the form does it.
(() => {
  "use strict";
  const waits = document.getElementById("waits");
  const EVERY_MS = 2000;
  const LONGEST_MS = 30 * 60 * 1000;
  const begun = Date.now();

  async function look() {
    if (Date.now() - begun > LONGEST_MS) return;
    if (!document.hidden) {
      try {
        const answer = await fetch(waits.dataset.state, { headers: { Accept: "application/json" } });
        if (answer.ok && (await answer.json()).is_answered) {
          if (waits.dataset.next) location.assign(waits.dataset.next);
          else waits.closest("form").submit();
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
