// The mailbox where the browser can seal: words and code stay here, and the server gets what it cannot read.
//
// Each form is sent by hand and its answer put into the page, so no step stands behind Back. A browser that cannot seal
// sends the plain form, and the server seals at once. What a code opens is kept in this page's memory and nowhere else.

import * as sealing from "./sealing.js";

const text = new TextEncoder();
let opened = null; // { code, finder, key, public }, once a code was made or typed.
let isSending = false;

function said(what) {
  const place = document.querySelector(".quick-exit__said");
  if (place) place.textContent = place.dataset[what] ?? "";
}

/** Seal the words of a form twice, bound to its talk and its number. */
async function sealed(form, words) {
  const { uid, clientId, deskKey } = form.dataset;
  const aad = sealing.aad(uid, "child", clientId);
  const octets = text.encode(words);
  return {
    client_id: clientId,
    for_desk: sealing.toBase64url(await sealing.seal(sealing.fromBase64url(deskKey), octets, { aad })),
    for_child: sealing.toBase64url(await sealing.seal(opened.public, octets, { aad })),
  };
}

async function openWith(code, site) {
  opened = { code, ...(await sealing.fromCode(code, sealing.fromBase64url(site))) };
}

const finder = () => sealing.toBase64url(opened.finder);

/** What each form sends in place of its words. Null where there is something to put right first. */
const FIELDS = {
  async write(form) {
    const words = wordsOf(form);
    if (!words) return null;
    await openWith(sealing.newCode(), form.dataset.site);
    const { uid, deskKey } = form.dataset;
    const about = Object.fromEntries(new FormData(form));
    return {
      ...(await sealed(form, words)),
      uid,
      finder: finder(),
      child_key: sealing.toBase64url(opened.public),
      desk_key: deskKey,
      band: about.band ?? "",
      topic: about.topic ?? "",
    };
  },
  async open(form) {
    const code = sealing.readCode(form.elements.code.value);
    if (!code) {
      refuse(form, form.dataset.slip);
      return null;
    }
    await openWith(code, form.dataset.site);
    return { finder: finder() };
  },
  async say(form) {
    const words = wordsOf(form);
    return words && { do: "say", finder: finder(), ...(await sealed(form, words)) };
  },
  async erase() {
    return { do: "erase", finder: finder() };
  },
};

/** Return what stands in a form, or nothing after saying so. */
function wordsOf(form) {
  const words = form.elements.text.value.trim();
  if (!words) refuse(form, form.dataset.empty);
  return words;
}

async function send(form) {
  const kind = form.dataset.mailbox;
  const words = form.elements.text?.value ?? "";
  const fields = await FIELDS[kind](form);
  if (!fields) return;
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body, referrerPolicy: "no-referrer" });
  } catch {
    refuse(form, document.querySelector(".quick-exit__said").dataset.failed);
    return;
  }
  await show(await answer.text());
  if (!answer.ok) putBack(kind, words);
}

/** Put the main part of an answer in the place of this page's, open what is sealed in it, and show the code where it stands. */
async function show(html) {
  const next = new DOMParser().parseFromString(html, "text/html");
  const main = next.querySelector("main");
  for (const line of main.querySelectorAll("[data-sealed]")) await openLine(line, main);
  for (const place of main.querySelectorAll("[data-code]")) place.textContent ||= sealing.grouped(opened.code);
  document.querySelector("main").replaceWith(main);
  document.title = next.title;
  scrollTo(0, 0);
  const first = main.querySelector("[role=alert], .field--error input") ?? main.querySelector("h1");
  if (!first.matches("input")) first.tabIndex = -1;
  first.focus();
}

async function openLine(line, main) {
  const { sealed: octets, sender, clientId } = line.dataset;
  const { talk, unread } = main.querySelector("[data-talk]").dataset;
  try {
    const aad = sealing.aad(talk, sender, clientId);
    const words = await sealing.openSealed(opened, sealing.fromBase64url(octets), { aad });
    line.textContent = new TextDecoder().decode(words);
  } catch {
    line.textContent = unread;
  }
  delete line.dataset.sealed;
}

/** The server never saw the words, so what it could not take stands in the form again from here. */
function putBack(kind, words) {
  const again = document.querySelector(`form[data-mailbox=${kind}]`);
  if (again?.elements.text) again.elements.text.value = words;
}

function refuse(form, words) {
  document.querySelector("#refused")?.remove();
  const note = document.createElement("p");
  note.id = "refused";
  note.className = "notice notice--bad";
  note.role = "alert";
  note.textContent = words;
  form.before(note);
}

const isAble = sealing.isAble();
const plain = new WeakSet();

// Before core/exit.js, which would send the plain form: this file captures.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.mailbox || plain.has(form)) return;
  event.preventDefault();
  if (isSending) return; // Pressed twice is sent once.
  if (!(await isAble)) {
    plain.add(form);
    form.requestSubmit(event.submitter);
    return;
  }
  isSending = true;
  form.setAttribute("aria-busy", "true");
  said("sending");
  try {
    await send(form);
  } finally {
    isSending = false;
    form.removeAttribute("aria-busy");
    said("");
  }
}, { capture: true });
