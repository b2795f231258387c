// The counsellors' page. One line and one keyring live as long as the tab; htmx changes the pages around them.

import { Keyring, Locked } from "./keyring.js";
import { DeskLine } from "./desk-line.js";
import { showGive } from "./desk-give.js";
import { showTalk } from "./desk-talk.js";

// No page of a talk is ever kept by htmx: what children write stands in no storage.
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;

const line = new DeskLine();
let page = new AbortController();

async function begin() {
  page.abort();
  page = new AbortController();
  const { signal } = page;
  markTabs();
  const talk = document.querySelector("#talk");
  const give = document.querySelector("#give");
  if (!talk && !give) return;
  const keyring = await unlocked();
  if (!keyring || signal.aborted) return;
  if (talk) await showTalk(talk, line, keyring, signal);
  else await showGive(give, line, keyring, signal);
}

/** Return the keyring, or null where the person does not unlock it now; then the page offers it again. */
async function unlocked() {
  const notice = document.querySelector("#locked");
  try {
    const keyring = await Keyring.ready();
    notice.hidden = true;
    return keyring;
  } catch (error) {
    if (!(error instanceof Locked)) throw error;
    notice.hidden = false;
    notice.querySelector("button").onclick = begin;
    return null;
  }
}

function markTabs() {
  for (const tab of document.querySelectorAll("[data-tab]")) {
    if (new URL(tab.href).pathname === location.pathname) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

let changeTimer = 0;
// A line that comes up has missed what happened since the page was made.
for (const type of ["queue", "up"]) {
  line.addEventListener(type, () => {
    clearTimeout(changeTimer);
    changeTimer = setTimeout(() => htmx.trigger(document.body, "desk-changed"), 200);
  });
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.status === 422) Object.assign(detail, { shouldSwap: true, isError: false });
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.boosted || detail.target === document.body) {
    document.querySelector("#main").focus();
    begin();
  } else {
    markTabs();
  }
});

// One key presses what bears it, outside of fields and with nothing else held down.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, textarea, select, dialog")) return;
  const pressed = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (pressed) {
    event.preventDefault();
    pressed.click();
  }
});

begin();
