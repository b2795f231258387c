// The chat on the child's side: the door, the waiting place, the talk. The code is made here and never leaves this browser; what
// is written is sealed here to the desk and to the code's own key.

import * as kept from "./chat-kept.js";
import { Line } from "./chat-line.js";
import { Messages } from "./chat-messages.js";
import * as sealing from "./sealing.js";

const WORDS_MAX_BYTES = 8_000; // Of 8 KiB the seal takes 48.
const STEP_MINUTES = 5;
const OVER = new Set(["ended", "left", "abandoned", "blocked", "erased"]);
const CLOSED_TOO_LONG = 1009; // RFC 6455, 7.4.1: the frame was too big.

const at = (id) => document.getElementById(id);
const page = at("chat").dataset;
const said = JSON.parse(at("said").textContent);
const messages = new Messages(at("messages"), said.chat);

let opened = null; // What the code opens: { finder, key, public }.
let asked = null; // What the child chose before it began, until the talk is there.
let talk = null; // { uid, deskKey, state }
let line = null;

const fill = (words, values) => words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// --- What is shown -----------------------------------------------------------------------------

function lines(target, all) {
  const shown = all.filter(Boolean);
  if (shown.join("\n") === [...target.children].map((one) => one.textContent).join("\n")) return;
  target.replaceChildren(...shown.map((words) => Object.assign(document.createElement("p"), { textContent: words })));
}

function wait(seconds) {
  if (seconds === null) return said.door.wait_unknown;
  if (!seconds) return "";
  return fill(said.door.wait, { minutes: Math.max(1, Math.ceil(seconds / 60 / STEP_MINUTES)) * STEP_MINUTES });
}

function showDoor({ kind, position, wait_s, opens_at }) {
  const isOpen = kind === "available" || kind === "busy";
  const time = { weekday: "long", hour: "2-digit", minute: "2-digit" };
  at("door-state").className = `door door--${kind}`;
  lines(at("door-lines"), [
    said.door[kind],
    kind === "busy" && fill(said.door.place, { position }),
    kind === "busy" && wait(wait_s),
    opens_at && fill(said.door.opens, { time: new Date(opens_at).toLocaleString(document.documentElement.lang, time) }),
    !isOpen && said.door.write,
  ]);
  at("begin").hidden = !isOpen;
  at("door-write").hidden = isOpen;
}

function showState(state) {
  talk.state = state.state;
  messages.alias = state.alias;
  const isOver = OVER.has(state.state);
  const standing = { talking: state.is_paused ? said.chat.paused : said.chat.with, waiting: place(state) };
  const words = isOver ? said.chat[state.state === "ended" ? "ended" : "left"] : standing[state.state];
  at("standing").textContent = fill(words, { name: state.alias });
  for (const id of ["say", "bye"]) at(id).hidden = isOver;
  at("over").hidden = !isOver;
  if (isOver) {
    kept.clear();
    lineState("");
    line.end();
  }
}

function place({ position, wait_s }) {
  const where = position === 1 ? said.chat.next : position && fill(said.chat.place, { position });
  return [said.chat.waiting, where, wait_s === undefined ? "" : wait(wait_s), said.chat.stay].filter(Boolean).join(" ");
}

function lineState(words) {
  at("line-state").textContent = words;
}

function showTalk() {
  if (at("talk").hidden) {
    at("door").hidden = true;
    at("talk").hidden = false;
    at("words").value = kept.draft();
    at("words").focus();
  }
}

function wrong(id, words) {
  at(id).replaceChildren(...(words ? [Object.assign(document.createElement("p"), { textContent: words })] : []));
}

// --- The line ----------------------------------------------------------------------------------

function hello() {
  const language = page.language;
  if (!opened) return { type: "door", language };
  const finder = sealing.toBase64url(opened.finder);
  if (asked) return { type: "begin", finder, child_key: sealing.toBase64url(opened.public), language, ...asked };
  return { type: "open", finder, language };
}

async function begun(frame) {
  talk = { uid: frame.conversation, deskKey: sealing.fromBase64url(frame.desk_key) };
  asked = null;
  showTalk();
  showState(frame);
  for (const message of frame.messages) await messages.add(message, opened);
  for (const message of kept.unsent()) {
    await resume(message);
    line.send({ type: "say", ...message });
  }
}

const resumed = new Set(); // Client ids that stand on the page already.

async function resume(message) {
  if (resumed.has(message.client_id)) return;
  resumed.add(message.client_id);
  await messages.addOwn({ ...message, conversation: talk.uid }, opened);
}

async function came(frame) {
  if (await messages.add(frame, opened)) line.send({ type: "since", place: messages.last });
}

function refused({ code, client_id }) {
  const words = said.refused[code]; // As this page says it to its age; the line says it to everybody alike.
  if (code === "wrong_code" || code === "mailbox" || code === "wait") backToTheDoor(words);
  else if (code === "closed") backToTheDoor("");
  else if (code === "busy" || code === "too_fast") setTimeout(sendAgain, 3_000);
  else if (client_id) {
    kept.forget(client_id);
    messages.remove(client_id);
    wrong("words-error", words);
  } else wrong("words-error", words);
}

function sendAgain() {
  for (const message of kept.unsent()) line.send({ type: "say", ...message });
}

function backToTheDoor(words) {
  kept.clear();
  opened = asked = null;
  at("return").open = Boolean(words);
  wrong("code-error", words);
  line.send(hello());
}

const steps = {
  door: showDoor,
  opened: begun,
  message: came,
  state: (frame) => talk && showState(frame),
  kept: ({ client_id, place: where }) => {
    kept.forget(client_id);
    messages.confirm(client_id, where);
  },
  refused,
};

// One after another, as they came: opening a seal takes its time.
let turn = Promise.resolve();

function heard(frame) {
  lineState(talk && at("line-state").textContent === said.chat.again ? said.chat.back : "");
  turn = turn.then(() => steps[frame.type]?.(frame));
}

function changed(_isUp, code) {
  if (code === CLOSED_TOO_LONG) wrong("words-error", said.chat.long);
  if (talk) lineState(said.chat.again);
  else lines(at("door-lines"), [said.door.no_line]);
}

// --- What the child does -----------------------------------------------------------------------

async function unlock(code) {
  opened = await sealing.fromCode(code, sealing.fromBase64url(page.site));
  kept.keepCode(code);
  at("code-words").textContent = sealing.grouped(code);
}

at("begin").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (asked) return; // Pressed twice begins once.
  const chosen = new FormData(event.target);
  asked = { topic: chosen.get("topic") ?? "", band: chosen.get("band") ?? "" };
  await unlock(sealing.newCode());
  line.send(hello());
});

at("return-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const code = sealing.readCode(at("code").value);
  wrong("code-error", code ? "" : said.chat.slip);
  if (!code) return at("code").focus();
  await unlock(code);
  at("code").value = "";
  line.send(hello());
});

at("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = new TextEncoder().encode(at("words").value.trim());
  if (!words.length || !talk) return;
  wrong("words-error", words.length > WORDS_MAX_BYTES ? said.chat.long : "");
  if (words.length > WORDS_MAX_BYTES) return;
  at("words").value = "";
  kept.keepDraft("");
  const client_id = crypto.randomUUID();
  const aad = sealing.aad(talk.uid, "child", client_id);
  const copies = await Promise.all([talk.deskKey, opened.public].map((to) => sealing.seal(to, words, { aad })));
  const [for_desk, for_child] = copies.map(sealing.toBase64url);
  const message = { client_id, for_desk, for_child };
  kept.keep(message);
  await resume(message);
  line.send({ type: "say", ...message });
});

at("words").addEventListener("input", () => kept.keepDraft(at("words").value));
at("words").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  at("say").requestSubmit();
});

at("code-toggle").addEventListener("click", () => {
  const isShown = at("code-shown").hidden;
  at("code-shown").hidden = !isShown;
  at("code-toggle").setAttribute("aria-expanded", String(isShown));
  at("code-toggle").textContent = isShown ? said.chat.code_hide : said.chat.code_show;
});

at("bye-yes").addEventListener("click", () => line.send({ type: "good_bye" }));
at("bye-no").addEventListener("click", () => {
  at("bye").open = false;
  at("words").focus();
});

// The exit. A beacon is sent even though the page is gone the next moment; a frame would not be.
addEventListener("leaving", () => {
  line?.end();
  if (talk && !OVER.has(talk.state)) navigator.sendBeacon(page.leaving, sealing.toBase64url(opened.finder));
});

// --- Begin -------------------------------------------------------------------------------------

async function start() {
  if (!(await sealing.isAble())) {
    lines(at("door-lines"), [said.door.script]);
    at("door-write").hidden = false;
    return;
  }
  const code = kept.code();
  if (code) await unlock(code);
  at("return").hidden = false;
  at("begin").hidden = !at("door-state").matches(".door--available, .door--busy");
  const here = () => ({ type: "here", place: messages.last });
  line = new Line("/h/line/", { hello, here, heard, changed });
}

await start();
