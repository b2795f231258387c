// Single keys on the pages of the desk. The page is the list: whatever has `data-key` is reached by that key.
//
// data-key="d"             the key, or several with spaces between
// data-key-do="focus"      goes there; Enter presses it. Without it a link, button or choice is pressed at once
// data-key-do="inside"     goes to the first thing in there that can be pressed
// data-key-label="..."     what the list of keys says; else the words of the element itself
// data-key-step            a line of a list, from one to the next of which j and k lead
//
// Nothing happens while somebody types or holds Ctrl, Alt or Meta. Who wants no single keys switches them off, and this file
// is not loaded (WCAG 2.1.4).

const TYPED = "textarea, select, [contenteditable]:not([contenteditable=false]), input:not([type=radio], [type=checkbox], [type=button], [type=submit])";
const PRESSED = "a[href], button, summary, input[type=radio], input[type=checkbox]";
const INSIDE = `${PRESSED}, ${TYPED}`;
const dialog = document.querySelector("#desk-keys");

const isShown = (element) => element.getClientRects().length > 0;
const shown = (selector) => [...document.querySelectorAll(selector)].filter(isShown);

/** The key as a Latin letter, also on a keyboard of another script. */
function keyOf(event) {
  if (event.key.length === 1 && event.key > "~") {
    const place = /^(?:Key|Digit)(.)$/.exec(event.code);
    return place ? place[1].toLowerCase() : event.key;
  }
  return event.shiftKey ? event.key : event.key.toLowerCase();
}

function focus(element) {
  if (!element.matches("a[href], button, input, select, textarea, summary")) element.tabIndex = -1;
  element.focus();
  element.scrollIntoView({ block: "nearest" });
}

function reach(element) {
  const how = element.dataset.keyDo;
  const target = how === "inside" ? [...element.querySelectorAll(INSIDE)].find(isShown) ?? element : element;
  focus(target);
  if (!how && target.matches(PRESSED)) target.click();
}

function step(by) {
  const lines = shown("[data-key-step]");
  const here = lines.indexOf(document.activeElement);
  const next = lines[here < 0 ? (by > 0 ? 0 : lines.length - 1) : here + by];
  if (next) focus(next);
}

const keysOf = (element) => element.dataset.key.split(" ");
// The last one wins: what the page itself offers stands after the line of pages.
const find = (key) => shown("[data-key]").findLast((element) => keysOf(element).includes(key));

function words(element) {
  const label = element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent;
  return (label ?? element.textContent).trim().replace(/\s+/g, " ");
}

function list() {
  const lines = [...new Set(shown("[data-key]").flatMap(keysOf))].map((key) => [key, words(find(key))]);
  const { keys, down, up, enter, escape } = dialog.dataset;
  if (shown("[data-key-step]").length) lines.push(["j", down], ["k", up]);
  lines.push(["Enter", enter], ["Escape", escape], ["?", keys]);
  const entries = lines.flatMap(([key, said]) => {
    const [name, what, cap] = ["dt", "dd", "kbd"].map((tag) => document.createElement(tag));
    cap.textContent = key;
    name.append(cap);
    what.textContent = said;
    const pair = document.createElement("div");
    pair.append(name, what);
    return [pair];
  });
  dialog.querySelector("dl").replaceChildren(...entries);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented || dialog.open) return;
  // What is typed inside a component is seen from outside as the component itself.
  const place = event.composedPath()[0];
  if (place instanceof Element && place.matches(TYPED)) {
    if (event.key === "Escape") place.blur();
    return;
  }
  const key = keyOf(event);
  if (key === "j" || key === "k") {
    step(key === "j" ? 1 : -1);
  } else if (event.repeat) {
    return; // A key that is held down presses nothing twice.
  } else if (key === "?") {
    list();
    dialog.showModal();
  } else {
    const target = find(key);
    if (!target) return;
    reach(target);
  }
  event.preventDefault();
});
