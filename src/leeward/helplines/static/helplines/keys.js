// The keys page: makes keys, seals them to people and joins shares. The server gets nothing that it could open.

import { Keyring, wrap } from "./keyring.js";
import * as sealing from "./sealing.js";
import { join, split } from "./shares.js";

const PASSPHRASE_LETTERS = 12;
const b64 = sealing.toBase64url;
const octets = sealing.fromBase64url;
const root = document.querySelector("#keys");
const desks = JSON.parse(document.querySelector("#desk-facts").textContent);
const mine = JSON.parse(document.querySelector("#my-facts").textContent);

function say(words) {
  const place = root.querySelector("#keys-said");
  place.textContent = words;
  place.hidden = !words;
}

async function post(address, fields) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", root.querySelector("[name=csrfmiddlewaretoken]").value);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(address, { method: "POST", body });
  if (answer.ok) return;
  const said = answer.headers.get("Content-Type")?.includes("json") ? (await answer.json()).words : root.dataset.failed;
  throw new Refused(said);
}

class Refused extends Error {}

const deskOf = (button) => desks.find((desk) => desk.uid === button.dataset.desk);
const personOf = (desk, holder) => desk.people.find((person) => person.holder === Number(holder));
const aadOf = (desk, publicKey) => sealing.privateAad(desk.uid, octets(publicKey));

async function sealTo(person, secret, desk, publicKey) {
  return b64(await sealing.seal(octets(person.public), secret, { aad: aadOf(desk, publicKey) }));
}

/** Open my copy of a desk's private key; it must be the key that it says. */
async function secretOf(key, desk) {
  const keyring = await Keyring.ready();
  return keyring.openOwn(octets(key.my_copy), aadOf(desk, key.public));
}

const DO = {
  async own(form) {
    const { passphrase, again } = form.elements;
    if (passphrase.value.length < PASSPHRASE_LETTERS) throw new Refused(root.dataset.short);
    if (passphrase.value !== again.value) throw new Refused(root.dataset.differ);
    const secret = sealing.newPrivate();
    const pair = await sealing.pairOf(secret);
    const wrapped = await wrap(passphrase.value, secret, pair.public);
    secret.fill(0);
    const fields = { public: b64(pair.public), wrapped: b64(wrapped) };
    await post(form.action, form.dataset.isNewOne ? { ...fields, is_new_one: "on" } : fields);
  },

  /** A new key goes to everybody who has the one in force, or to me where there is none, and its shares to all supervisors. */
  async begin(button) {
    const desk = deskOf(button);
    const secret = sealing.newPrivate();
    const publicKey = b64((await sealing.pairOf(secret)).public);
    const had = desk.keys[0]?.copies ?? [];
    const copies = [];
    for (const person of desk.people.filter((one) => one.is_me || had.includes(one.holder))) {
      copies.push({ holder: person.holder, sealed: await sealTo(person, secret, desk, publicKey) });
    }
    const supervisors = desk.people.filter((person) => person.is_supervisor);
    const shares = [];
    if (supervisors.length > 1) {
      const places = supervisors.map((_, i) => i + 1);
      for (const [i, share] of split(secret, places).entries()) {
        const sealed = await sealTo(supervisors[i], share, desk, publicKey);
        shares.push({ holder: supervisors[i].holder, place: places[i], sealed });
      }
    }
    secret.fill(0);
    await post(button.dataset.to, { public: publicKey, copies: JSON.stringify(copies), shares: JSON.stringify(shares) });
  },

  /** Give a colleague each key of the desk that I have and they have not, so that they can read older talks, too. */
  async give(button) {
    const desk = deskOf(button);
    const person = personOf(desk, button.dataset.holder);
    for (const key of desk.keys.filter((one) => one.my_copy && !one.copies.includes(person.holder))) {
      const secret = await secretOf(key, desk);
      const sealed = await sealTo(person, secret, desk, key.public);
      secret.fill(0);
      await post(`${root.dataset.base}${key.pk}/give`, { holder: person.holder, sealed });
    }
  },

  async takeAway(button) {
    const desk = deskOf(button);
    for (const key of desk.keys.filter((one) => one.copies.includes(Number(button.dataset.holder)))) {
      await post(`${root.dataset.base}${key.pk}/take`, { holder: button.dataset.holder });
    }
  },

  async lend(button) {
    const desk = deskOf(button);
    const person = personOf(desk, button.dataset.holder);
    const keyring = await Keyring.ready();
    for (const key of desk.keys) {
      const share = key.my_shares.find((one) => one.is_own);
      if (!share || key.copies.includes(person.holder)) continue;
      const open = await keyring.openOwn(octets(share.sealed), aadOf(desk, key.public));
      const sealed = await sealTo(person, open, desk, key.public);
      open.fill(0);
      await post(`${root.dataset.base}${key.pk}/lend`, { holder: person.holder, place: share.place, sealed });
    }
  },

  async bringBack(button) {
    const desk = deskOf(button);
    const key = desk.keys.find((one) => one.pk === Number(button.dataset.key));
    const keyring = await Keyring.ready();
    const shares = [];
    for (const { place, sealed } of key.my_shares) {
      shares.push({ place, octets: await keyring.openOwn(octets(sealed), aadOf(desk, key.public)) });
    }
    const other = shares.find((share) => share.place !== shares[0].place);
    const secret = join(shares[0], other);
    // Shares that do not belong together give some key, but not this one.
    if (b64((await sealing.pairOf(secret)).public) !== key.public) throw new Refused(root.dataset.unfit);
    const me = desk.people.find((person) => person.is_me);
    await post(button.dataset.to, { holder: me.holder, sealed: await sealTo(me, secret, desk, key.public) });
  },
};

let isBusy = false;

async function run(what, subject) {
  if (isBusy) return; // Pressed twice is done once.
  isBusy = true;
  say(root.dataset.working);
  try {
    await DO[what](subject);
    location.reload();
  } catch (error) {
    say(error instanceof Refused ? error.message : root.dataset.failed);
  }
  isBusy = false;
}

/** Show a public key as people read it to each other. */
async function fingerprint(place) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", octets(place.dataset.fingerprint)));
  const numbers = [0, 2, 4, 6].map((i) => String((digest[i] << 8) | digest[i + 1]).padStart(5, "0"));
  place.textContent = numbers.join(" ");
}

root.addEventListener("submit", (event) => {
  event.preventDefault();
  run("own", event.target);
});
root.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (button && (!button.dataset.sure || confirm(button.dataset.sure))) run(button.dataset.do, button);
});
for (const place of root.querySelectorAll("[data-fingerprint]")) fingerprint(place);
if (!(await sealing.isAble())) say(root.dataset.old);
else if (!mine.id) root.querySelector("#passphrase")?.focus();
