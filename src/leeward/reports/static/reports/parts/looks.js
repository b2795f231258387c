// How the dialog looks, and the few helpers that build it. Loaded when somebody presses the button.
// Styles are a constructed sheet and pictures are drawn as elements, so a host page needs no `style-src` and no `img-src`.

// Each part is [element, attributes]; "ink" strokes, "tint" fills softly.
export const PICTURES = {
  cross: [["path", { class: "ink", d: "m6 6 12 12M18 6 6 18" }]],
  scares: [ // A worried face: raised brows, wide eyes, a wavering mouth.
    ["circle", { class: "ink tint", cx: 32, cy: 34, r: 23 }],
    ["circle", { class: "ink eye", cx: 23.5, cy: 32, r: 5 }], ["circle", { class: "ink eye", cx: 40.5, cy: 32, r: 5 }],
    ["circle", { class: "solid", cx: 24.5, cy: 33, r: 1.8 }], ["circle", { class: "solid", cx: 39.5, cy: 33, r: 1.8 }],
    ["path", { class: "ink", d: "M16 25c2-3 5-4.5 8-5M48 25c-2-3-5-4.5-8-5M21 47c2-3 4-3 5.5-.5s3.5 2.5 5.5 0 4-2.5 5.5 0 3.5 2.5 5.5-.5" }],
  ],
  bothers: [ // A jagged shout from the side at somebody small.
    ["path", { class: "ink tint", d: "M6 9h34v22H25l-3 8-4-8H6Z" }],
    ["path", { class: "ink", d: "m13 24 5-8 4 7 5-8 5 8" }],
    ["circle", { class: "ink tint", cx: 46, cy: 40, r: 8 }],
    ["path", { class: "ink", d: "M32 60c1-9 6-12 14-12s13 3 14 12M43 43.5c1.5-2 4.5-2 6 0" }],
    ["circle", { class: "solid", cx: 43.5, cy: 39, r: 1.4 }], ["circle", { class: "solid", cx: 48.5, cy: 39, r: 1.4 }],
  ],
  not_allowed: [ // A raised hand would not be kind in every culture, so: a page with a stop ring.
    ["path", { class: "ink tint", d: "M10 8h32l10 10v38H10Z" }], ["path", { class: "ink", d: "M42 8v10h10M18 22h14M18 30h8" }],
    ["circle", { class: "ink eye", cx: 39, cy: 41, r: 13 }], ["path", { class: "ink", d: "m30 50 18-18" }],
  ],
  danger: [ // A lifebuoy.
    ["circle", { class: "ink tint", cx: 12, cy: 12, r: 9 }], ["circle", { class: "ink eye", cx: 12, cy: 12, r: 3.6 }],
    ["path", { class: "ink", d: "m5.7 5.7 3.7 3.7m5.2 5.2 3.7 3.7m0-12.6-3.7 3.7m-5.2 5.2-3.7 3.7" }],
  ],
};

export const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
dialog {
  inline-size: min(40rem, 100vw - 1.5rem); max-inline-size: none; max-block-size: calc(100dvh - 1.5rem); margin: auto;
  padding: 1.1em; overflow: auto; overscroll-behavior: contain; border: 1px solid var(--line); border-radius: .8em;
  background: var(--face); color: var(--ink); overflow-wrap: break-word;
}
dialog::backdrop { background: rgb(5 20 26 / 65%); }
.quiet { border-color: var(--line); background: var(--face); color: var(--ink); }
.top { display: flex; align-items: start; justify-content: space-between; gap: .8em; margin-block-end: .8em; }
.top .quiet { flex: none; min-inline-size: 2.75em; padding-inline: .7em; }
.top .quiet svg { inline-size: 1.2em; block-size: 1.2em; color: inherit; }
bdi { overflow-wrap: anywhere; }
h2 { flex: 1; min-inline-size: 0; margin: .3em 0 0; font-size: 1.35em; line-height: 1.25; }
h2:focus { outline: none; }
p { margin: 0 0 .8em; }
.choices { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5em), 1fr)); gap: .8em; }
.choices.plain { grid-template-columns: repeat(auto-fit, minmax(min(100%, 14em), 1fr)); gap: .6em; }
.choice { border-color: var(--line); background: var(--face); color: var(--ink); }
.choices:not(.plain) > .choice { flex-direction: column; justify-content: start; padding: .9em .6em; }
.plain > .choice { justify-content: start; text-align: start; }
.choice svg { inline-size: 4.6em; block-size: 4.6em; }
.choice[aria-pressed="true"] { border-color: var(--accent); background: var(--tint); }
.danger { inline-size: 100%; justify-content: start; text-align: start; margin-block-start: .9em; border-color: var(--line); background: var(--tint); color: var(--ink); }
.danger svg { inline-size: 1.8em; block-size: 1.8em; }
.choice:hover, .quiet:hover { background: var(--tint); }
svg { flex: none; color: var(--accent); }
.open svg { color: inherit; }
.choice .ink { stroke-width: 2.6; }
.tint { fill: var(--tint); }
.eye { fill: var(--face); }
textarea {
  display: block; inline-size: 100%; min-block-size: 6em; margin: .3em 0 .8em; padding: .5em .7em; resize: vertical;
  border: 2px solid var(--line); border-radius: .35em; background: var(--face); color: var(--ink); font: inherit;
}
summary { min-block-size: 2.75em; padding-block: .6em; color: var(--soft); cursor: pointer; }
details, .below { margin-block-start: .8em; }
.soft { color: var(--soft); font-size: .9em; }
.big { font-size: 1.2em; font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: .7em; margin-block-start: .9em; }
.row .choice { padding-inline: .8em; }
dl { display: grid; gap: .1em .8em; margin: 0 0 .8em; }
dt { font-weight: 600; }
dd { margin: 0 0 .6em; color: var(--soft); white-space: pre-wrap; }
ul { margin: 0; padding-inline-start: 1.2em; }
canvas { display: block; max-inline-size: 100%; max-block-size: 16em; border: 1px solid var(--line); border-radius: .3em; }
dd canvas { max-block-size: 6em; }
figure { margin: 0 0 .8em; }
label.tick { display: flex; align-items: center; gap: .7em; min-block-size: 2.75em; }
input[type="checkbox"] { flex: none; inline-size: 1.4em; block-size: 1.4em; accent-color: var(--accent); }
input[type="file"] { position: absolute; overflow: hidden; inline-size: 1px; block-size: 1px; opacity: 0; }
label.button { position: relative; }
label.button:focus-within { outline: 3px solid var(--focus); outline-offset: 3px; }
.code {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(4.4ch, max-content)); justify-content: center; gap: .15em .7em;
  margin: 0 0 .6em; padding: .5em; border: 2px dashed var(--accent); border-radius: .5em; direction: ltr; user-select: all;
  font: 700 1.7em/1.4 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
.live { margin: .8em 0 0; }
.live:empty { margin: 0; }
.failed { color: var(--bad); font-weight: 600; }
button[aria-disabled="true"] { opacity: .6; cursor: progress; }
@media (max-width: 26rem) {
  .top .quiet span { position: absolute; overflow: hidden; inline-size: 1px; block-size: 1px; clip-path: inset(50%); }
  .choices:not(.plain) > .choice { flex-direction: row; text-align: start; }
  .choice svg { inline-size: 3.6em; block-size: 3.6em; }
}
@media (forced-colors: active) { .code, dialog { border: 2px solid ButtonText; } svg { color: ButtonText; } }
`);

/** Make one element; `children` are elements or strings, and strings stay text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export const paragraph = (text, looks = "") => make("p", { class: looks }, text);

export const row = (...children) => make("div", { class: "row" }, ...children);

export const button = (label, onclick, looks = "") => make("button", { type: "button", class: looks, onclick }, label);

/** A link that leaves the host page where it is. */
export const link = (label, href, looks) => make("a", { href, class: looks, target: "_blank", rel: "noopener noreferrer" }, label);

/** The receipt in groups of four, which are read and copied as one code. */
export function code(receipt) {
  const groups = receipt.replace(/[\s-]/g, "").match(/.{1,4}/g);
  return make("p", { class: "code" }, ...groups.flatMap((group) => [make("span", {}, group), " "]));
}
