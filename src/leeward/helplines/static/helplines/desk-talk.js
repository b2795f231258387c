// One talk: what was said, what is typed, notes, and the draft that travels when the talk is handed over.

import { Words, talkOf } from "./desk-words.js";

const DRAFT_REST_MS = 2_000;

export async function showTalk(root, line, keyring, signal) {
  const talk = talkOf(root);
  const log = root.querySelector("#talk-log");
  const words = new Words(root, log.querySelector("ol"), keyring);
  const mine = (event) => event.detail.conversation === talk.uid;
  const on = (type, does) => line.addEventListener(type, does, { signal });

  on("message", async (event) => {
    if (!mine(event)) return;
    const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 40;
    await words.show(event.detail);
    if (isAtEnd || event.detail.sender === "counsellor") log.scrollTop = log.scrollHeight;
  });
  on("state", (event) => mine(event) && showState(root, event.detail));
  on("refused", (event) => mine(event) && event.detail.code === "not_yours" && close(root, root.dataset.notYours));
  on("down", () => say(root, root.dataset.lost));
  on("up", () => say(root, ""));
  hideText(root, signal);
  showNotes(root, talk, line, keyring, signal);
  if (root.querySelector("#talk-say")) writing(root, talk, line, keyring, words, signal);
  line.follow(talk.uid);
  signal.addEventListener("abort", () => line.forget(talk.uid));
}

function say(root, text) {
  const state = root.querySelector("#talk-state");
  if (state.textContent === text) return; // Each heartbeat tells the state; it is read out when it changes.
  state.textContent = text;
  state.hidden = !text;
}

function close(root, text) {
  say(root, text);
  for (const control of root.querySelectorAll("#talk-words, #talk-send, .reply")) control.disabled = true;
}

function showState(root, { state, is_child_here }) {
  const over = { left: root.dataset.left, abandoned: root.dataset.left, ended: root.dataset.ended, blocked: root.dataset.ended, erased: root.dataset.ended };
  if (over[state]) close(root, over[state]);
  else say(root, is_child_here === false && root.dataset.kind === "chat" ? root.dataset.away : "");
}

function hideText(root, signal) {
  const button = root.querySelector("#hide-text");
  const set = (is) => {
    button.setAttribute("aria-pressed", String(is));
    root.classList.toggle("is-hidden", is);
  };
  button.addEventListener("click", () => set(button.getAttribute("aria-pressed") !== "true"), { signal });
}

function writing(root, talk, line, keyring, words, signal) {
  const field = root.querySelector("#talk-words");
  const kept = root.querySelector("#talk-kept");
  const waiting = new Map(); // What was said and is not kept yet, by its client id.
  const draft = new DraftKeeper(root, talk, keyring, field);

  const send = async () => {
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    field.focus();
    const sealed = await keyring.sealBoth(text, talk);
    waiting.set(sealed.client_id, { text, sealed });
    kept.textContent = root.dataset.waitsOn;
    line.say(talk.uid, sealed);
    draft.later();
  };
  root.querySelector("#talk-say").addEventListener("submit", (event) => (event.preventDefault(), send()), { signal });
  field.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && send(), { signal });
  field.addEventListener("input", () => draft.later(), { signal });
  for (const reply of root.querySelectorAll(".reply")) {
    reply.addEventListener("click", () => {
      field.value = field.value ? `${field.value.trimEnd()} ${reply.dataset.reply}` : reply.dataset.reply;
      field.focus();
      draft.later();
    }, { signal });
  }
  line.addEventListener("kept", async ({ detail }) => {
    const said = waiting.get(detail.client_id);
    if (!said) return;
    waiting.delete(detail.client_id);
    if (!waiting.size) kept.textContent = "";
    const at = new Date().toISOString();
    await words.show({ ...detail, sender: "counsellor", sealed: said.sealed.for_desk, at });
    const log = root.querySelector("#talk-log");
    log.scrollTop = log.scrollHeight;
  }, { signal });
  line.addEventListener("refused", ({ detail }) => {
    const said = waiting.get(detail.client_id);
    if (!said) return;
    kept.textContent = detail.words;
    if (["busy", "too_fast"].includes(detail.code)) return; // The line sends it again.
    waiting.delete(detail.client_id);
    field.value = `${said.text}\n${field.value}`.trim(); // Nothing that was typed is lost.
  }, { signal });
  draft.bring();
  handingOver(root, draft, signal);
  signal.addEventListener("abort", () => draft.now());
}

/** Keeps what is typed and not sent, sealed, a moment after the last key. */
class DraftKeeper {
  #timer = 0;
  #lastKept = "";

  constructor(root, talk, keyring, field) {
    Object.assign(this, { root, talk, keyring, field });
  }

  /** Put the kept draft into the field. */
  async bring() {
    const { draftId, draftSealed } = this.root.dataset;
    if (!draftSealed || this.field.value) return;
    try {
      this.field.value = await this.keyring.openNote({ client_id: draftId, sealed: draftSealed }, this.talk);
      this.#lastKept = this.field.value;
    } catch {
      // Sealed to a key that this person does not hold: the field stays empty, and the draft is overwritten by the next one.
    }
  }

  later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), DRAFT_REST_MS);
  }

  /** Seal the words as they are now; empty where there are none. */
  async sealed() {
    const text = this.field.value;
    return text.trim() ? await this.keyring.sealNote(text, this.talk) : { client_id: "", sealed: "" };
  }

  async now() {
    clearTimeout(this.#timer);
    const text = this.field.value;
    if (text === this.#lastKept) return;
    this.#lastKept = text;
    await post(this.root.dataset.draft, await this.sealed());
  }

  stop() {
    clearTimeout(this.#timer);
    this.#lastKept = this.field.value;
  }
}

function handingOver(root, draft, signal) {
  const form = root.querySelector("#hand-over");
  if (!form) return;
  // Before htmx reads the form: what is typed at this moment goes with it.
  form.addEventListener("submit", async (event) => {
    if (form.dataset.sealed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    draft.stop();
    const { client_id, sealed } = await draft.sealed();
    form.elements.client_id.value = client_id;
    form.elements.sealed.value = sealed;
    form.dataset.sealed = "yes";
    // A browser ignores a second submit while it still tells listeners of the first, and empty words are sealed at once.
    setTimeout(() => form.requestSubmit());
  }, { capture: true, signal });
}

function showNotes(root, talk, line, keyring, signal) {
  const list = root.querySelector("#notes");
  const form = root.querySelector("#note-form");
  const field = root.querySelector("#note-words");
  const kept = root.querySelector("#note-kept");
  const shown = new Set();

  const show = async (note) => {
    if (shown.has(note.client_id)) return;
    shown.add(note.client_id);
    const item = document.createElement("li");
    const head = document.createElement("p");
    head.className = "message__head";
    head.textContent = `${note.author} · ${note.at}`;
    const body = document.createElement("p");
    body.className = "message__words";
    body.dir = "auto";
    item.append(head, body);
    list.append(item);
    root.querySelector("#no-notes").hidden = true;
    try {
      body.textContent = await keyring.openNote(note, talk);
    } catch {
      body.textContent = root.dataset.unopened;
    }
  };
  const load = async () => {
    const answer = await fetch(root.dataset.notes, { signal }).catch(() => null);
    if (answer?.ok) for (const note of (await answer.json()).notes) await show(note);
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    const answer = await post(root.dataset.addNote, await keyring.sealNote(text, talk));
    if (answer?.ok) {
      field.value = "";
      kept.textContent = "";
      await show(await answer.json());
    } else {
      kept.textContent = answer ? (await answer.json()).words : root.dataset.lost;
    }
  }, { signal });
  line.addEventListener("queue", load, { signal });
  load();
}

async function post(address, values) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const body = new URLSearchParams(values);
  return fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token } }).catch(() => null);
}
