// <leeward-report>: the misuse button for the page of any provider.
//
//   <script type="module" src="https://leeward.example/report.js"></script>
//   <leeward-report data-provider="harbour" data-item-id="42" data-item-kind="photo">
//     <a href="https://leeward.example/report/">Report</a>
//   </leeward-report>
//
// The link inside is shown when scripts are off. This module draws the button and nothing else; what the dialog needs
// comes from the same origin when somebody presses it. docs/provider/report-button.md says what a host page must allow.

const ORIGIN = new URL(import.meta.url).origin;
const SVG = "http://www.w3.org/2000/svg";
const MOST_ACTIONS = 20;
const LONGEST_PLACE = 200; // characters

// The only words that are needed before anybody presses: a test compares them with the content files.
const LABELS = { en: "Report", mn: "Мэдэгдэх", fr: "Signaler", es: "Avisar", ar: "بلّغ", ru: "Сообщить", zh: "举报" };

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host { all: initial; display: contents; color-scheme: light dark; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
.root {
  --ink: #12303a; --soft: #47626b; --face: #fff; --line: #5d7a82; --accent: #0b6a75; --on: #fff; --tint: #d9eeee;
  --bad: #a12b1d; --focus: #0b4fb3;
  color: var(--ink); font: 112.5%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  .root { --ink: #e4f0f1; --soft: #a6bec4; --face: #14262e; --line: #7f9ba3; --accent: #74d2d0; --on: #06282c;
    --tint: #17414a; --bad: #ffaa9c; --focus: #9cc8ff; }
}
button, .button {
  display: inline-flex; align-items: center; justify-content: center; gap: .5em; min-block-size: 2.75em; margin: 0;
  padding: .4em 1.1em; border: 2px solid var(--accent); border-radius: .6em; background: var(--accent); color: var(--on);
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
}
:focus-visible { outline: 3px solid var(--focus); outline-offset: 3px; }
.open {
  position: fixed; inset-block-end: max(1rem, env(safe-area-inset-bottom)); inset-inline-end: 1rem; z-index: 2147483000;
  min-block-size: 48px; border-color: var(--face); border-radius: 2em; box-shadow: 0 2px 10px rgb(0 0 0 / 30%);
}
.open[aria-busy="true"] { opacity: .75; cursor: progress; }
.open svg { flex: none; inline-size: 1.3em; block-size: 1.3em; }
.ink { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.solid { fill: currentColor; }
@media (prefers-reduced-motion: no-preference) { button { transition: background-color .12s; } }
@media (forced-colors: active) { button, .button { border: 2px solid ButtonText; } }
@media print { .root { display: none; } }
`);

/** Draw parts, each [element, attributes], as a picture that a screen reader passes over. */
function draw(parts, size) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${size} ${size}`);
  drawing.setAttribute("aria-hidden", "true");
  for (const [tag, attributes] of parts) {
    const part = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    drawing.append(part);
  }
  return drawing;
}

const FLAG = [
  ["path", { class: "ink", d: "M5 22V3" }],
  ["path", { class: "solid", d: "M5 3.5c4-2.5 7 2 14-.5-2 3-2 6 0 9-7 2.5-10-2-14 .5Z" }],
];

/** The reporter's language, one that Leeward speaks: the element's, else the page's, else the browser's. */
function language(element) {
  const wanted = [element.closest("[lang]")?.lang, ...navigator.languages];
  return wanted.map((tag) => tag?.toLowerCase().split("-")[0]).find((key) => key && key in LABELS) ?? "en";
}

// The last clicks and navigations of this page, kept here and nowhere else until a child says that she wants to send
// them. Only kinds, names that the page's author gave and paths: nothing that anybody typed, no text, no query.
const actions = [];

function note(what, where) {
  actions.push({ at: new Date().toISOString(), what, where: where.slice(0, LONGEST_PLACE) });
  if (actions.length > MOST_ACTIONS) actions.shift();
}

function noteClick(event) {
  const target = event.composedPath().find((node) => node.matches?.("a, button, summary, label, input, select, textarea, img, video, [role]"));
  if (!target || event.composedPath().some((node) => node.localName === "leeward-report")) return;
  const { localName, id } = target;
  const isOwnPage = localName === "a" && target.origin === location.origin;
  note("click", localName + (id ? `#${id}` : "") + (isOwnPage ? ` ${target.pathname}` : ""));
}

let path = location.pathname;

function noteNavigation() {
  if (location.pathname === path) return;
  path = location.pathname;
  note("navigation", path);
}

function watch() {
  addEventListener("click", noteClick, { capture: true, passive: true });
  addEventListener("popstate", noteNavigation);
  globalThis.navigation?.addEventListener("currententrychange", noteNavigation);
}

class LeewardReport extends HTMLElement {
  #language; #root; #open; #dialog;

  connectedCallback() {
    if (this.shadowRoot) return;
    this.#language = language(this);
    this.#open = document.createElement("button");
    this.#open.type = "button";
    this.#open.className = "open";
    this.#open.setAttribute("aria-haspopup", "dialog");
    this.#open.append(draw(FLAG, 24), LABELS[this.#language]);
    this.#open.addEventListener("click", () => this.#start());
    this.#root = document.createElement("div");
    this.#root.className = "root";
    this.#root.lang = this.#language;
    this.#root.dir = this.#language === "ar" ? "rtl" : "ltr";
    this.#root.append(this.#open);
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [STYLE];
    shadow.append(this.#root);
  }

  /** Open the dialog. Where its parts cannot be loaded, the plain page does the same job. */
  async #start() {
    if (this.#open.getAttribute("aria-busy")) return;
    this.#open.setAttribute("aria-busy", "true");
    try {
      this.#dialog ??= await this.#load();
    } catch {
      // Whatever kept the parts from coming, a child who pressed the button must get somewhere.
      location.assign(this.querySelector("a[href]")?.href ?? `${ORIGIN}/report/?url=${encodeURIComponent(location.href)}`);
      return;
    } finally {
      this.#open.removeAttribute("aria-busy");
    }
    this.#dialog.open();
  }

  async #load() {
    const { Flow } = await import(`${ORIGIN}/report/parts/flow.js`);
    return Flow.on(this, this.#root, { origin: ORIGIN, language: this.#language, draw, actions });
  }
}

if (!customElements.get("leeward-report")) {
  customElements.define("leeward-report", LeewardReport);
  watch();
}
