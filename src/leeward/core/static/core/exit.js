// Quick exit, and steps that leave no trail: on pages where nobody is signed in, each step takes the place of the one
// before it, so that after the exit Back shows only what was there before Leeward.
//
// Measured: leaving by `location.href` or replacing only at the exit leaves every step behind Back. Without this script
// the link and the forms work as plain HTML, and the guidance says how to close the tab then.

const STEPS = /^\/(|h\/.*|r\/.*|report\/.*|door|language\/)$/; // Paths of children's pages; the desk and the sign-in keep their history.
const PRESSES = 3;
const WITHIN_MS = 5000; // between two presses of Shift

const link = document.querySelector(".quick-exit__link");
const exit = new URL(link.href); // On a page under a blocked name this is another origin than the page's own.
const sentByBrowser = new WeakSet();
let presses = 0;
let isAlone = false;
let pressedAt = 0;
let isSending = false;

function leave() {
  // A page that must say a last word hears it now.
  dispatchEvent(new Event("leaving"));
  // Clearing and loading can take a second; until then nothing of the page is to be seen.
  document.title = "\u2026";
  document.body.replaceChildren();
  location.replace(exit);
  // The exit clears these as well, but a browser obeys it over https only.
  sessionStorage.clear();
  localStorage.clear();
}

function say(what) {
  const said = document.querySelector(".quick-exit__said");
  said.textContent = said.dataset[what] ?? "";
}

function isStep(url) {
  return url.origin === exit.origin && STEPS.test(url.pathname);
}

// --- Shift three times -------------------------------------------------------------------------

function forget() {
  if (presses) say("");
  isAlone = false;
  presses = 0;
}

function press(at) {
  presses = at - pressedAt > WITHIN_MS ? 1 : presses + 1;
  pressedAt = at;
  if (presses >= PRESSES) leave();
  else say(presses === 1 ? "two" : "one");
}

// A Shift that makes a capital letter or marks text with the pointer is no press, so only a Shift alone counts.
addEventListener("keydown", (event) => {
  if (event.key !== "Shift") forget();
  else if (!event.repeat) isAlone = true;
}, { capture: true });
addEventListener("keyup", (event) => {
  if (event.key === "Shift" && isAlone) press(event.timeStamp);
}, { capture: true });
addEventListener("pointerdown", forget, { capture: true });

// --- Steps that take the place of the one before -------------------------------------------------

/** Put the answer to a form in the place of this page. */
function show(next, url) {
  history.replaceState(null, "", url);
  document.title = next.title;
  for (const name of ["lang", "dir"]) document.documentElement.setAttribute(name, next.documentElement.getAttribute(name));
  for (const sheet of next.querySelectorAll("link[rel=stylesheet]")) {
    if (![...document.styleSheets].some((known) => known.href === sheet.href)) document.head.append(sheet);
  }
  document.body.replaceWith(next.body);
  for (const script of next.querySelectorAll("script[src]")) run(script);
  greet();
  scrollTo(0, 0);
  const first = document.querySelector("[autofocus]") ?? document.querySelector("main h1");
  if (!first?.matches("a, button, input, select, textarea")) first?.setAttribute("tabindex", "-1");
  first?.focus();
}

/** Run a script of the answer. The parser makes scripts that never run; a module runs once, however often it is named. */
function run(script) {
  const copy = document.createElement("script");
  for (const { name, value } of script.attributes) copy.setAttribute(name, value);
  document.head.append(copy);
}

/** Say above the form why it was not taken, and keep what was typed. */
function refuse(form, lines) {
  document.querySelector("#refused")?.remove();
  const note = document.createElement("div");
  note.id = "refused";
  note.className = "notice notice--bad";
  note.tabIndex = -1;
  for (const words of lines) note.appendChild(document.createElement("p")).textContent = words;
  form.before(note);
  note.focus();
}

/** Send a form and show the answer. Return false where the answer is no page but a file, which the browser must save. */
async function send(form, by, to) {
  let answer;
  try {
    answer = await fetch(to, { method: "POST", body: new FormData(form, by) });
  } catch {
    refuse(form, [document.querySelector(".quick-exit__said").dataset.failed]);
    return true;
  }
  if (!answer.headers.get("Content-Type")?.startsWith("text/html")) return false;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.ok || next.querySelector("main form")) show(next, answer.url);
  else refuse(form, [...next.querySelectorAll("main h1, main p:not(:has(a, button))")].map((said) => said.textContent));
  return true;
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("a[href]");
  if (pressed?.matches(".quick-exit__link")) {
    event.preventDefault();
    leave();
    return;
  }
  const isPlain = !event.defaultPrevented && !event.button && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!pressed || !isPlain || pressed.target || pressed.hasAttribute("download") || !isStep(pressed)) return;
  event.preventDefault();
  location.replace(pressed.href);
});

document.addEventListener("submit", async (event) => {
  const { target: form, submitter: by } = event;
  // Attributes, because a field with the name «action» would hide the property.
  const to = new URL(by?.getAttribute("formaction") ?? form.getAttribute("action") ?? "", location.href);
  const method = by?.getAttribute("formmethod") ?? form.getAttribute("method") ?? "get";
  if (event.defaultPrevented || form.hasAttribute("target") || !isStep(to) || sentByBrowser.has(form)) return;
  event.preventDefault();
  if (method.toLowerCase() === "get") {
    to.search = new URLSearchParams(new FormData(form, by));
    location.replace(to);
    return;
  }
  if (isSending) return; // Pressed twice is sent once.
  isSending = true;
  form.setAttribute("aria-busy", "true");
  say("sending");
  const isShown = await send(form, by, to);
  isSending = false;
  form.removeAttribute("aria-busy");
  say("");
  if (isShown) return;
  sentByBrowser.add(form);
  form.requestSubmit(by);
});

/** Tell whoever has a keyboard that Shift works. */
function greet() {
  const hint = document.querySelector(".quick-exit__hint");
  if (hint) hint.hidden = !matchMedia("(hover: hover) and (pointer: fine)").matches;
}

greet();
