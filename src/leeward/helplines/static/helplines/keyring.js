// The keys of a counsellor, unlocked by a passphrase in this tab only: open what children write, seal what is answered.
//
// The private keys of desks come here sealed to the person's own key, and that key wrapped by the passphrase. Unlocked, all
// of them lie where no script can read them out. Nothing is stored; a new tab asks again.

import * as sealing from "./sealing.js";

const MINE = "/helpline/keys/mine.json";
const ROUNDS = 600_000; // As for codes; see engines/sealing/codes.py.
const SALT_BYTES = 16;
const IV_BYTES = 12;
const utf8 = new TextEncoder();
const b64 = sealing.toBase64url;
const octets = sealing.fromBase64url;

/** The keyring stays locked: there is no key yet, or the person does not unlock it now. */
export class Locked extends Error {}

async function lockOf(passphrase, salt, use) {
  const typed = await crypto.subtle.importKey("raw", utf8.encode(passphrase.normalize("NFKC")), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(how, typed, { name: "AES-GCM", length: 256 }, false, [use]);
}

/** Wrap a private key by a passphrase: salt, nonce, ciphertext. */
export async function wrap(passphrase, secret, publicKey) {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const lock = await lockOf(passphrase, salt, "encrypt");
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: publicKey }, lock, secret);
  return sealing.joined(salt, iv, new Uint8Array(sealed));
}

async function unwrap(passphrase, wrapped, publicKey) {
  const lock = await lockOf(passphrase, wrapped.subarray(0, SALT_BYTES), "decrypt");
  const iv = wrapped.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES);
  const sealed = wrapped.subarray(SALT_BYTES + IV_BYTES);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: publicKey }, lock, sealed));
}

/** Keep a private key where it cannot be read out, and wipe what came. */
async function keep(secret) {
  const pair = await sealing.pairOf(secret);
  secret.fill(0);
  return pair;
}

export class Keyring {
  static #ready = null;

  #own;
  #desks = new Map(); // Pairs of desks by their public key.

  /** Return the keyring of this tab, asking for the passphrase once; throws `Locked`. */
  static ready() {
    Keyring.#ready ??= Keyring.#unlock().catch((error) => {
      Keyring.#ready = null;
      throw error;
    });
    return Keyring.#ready;
  }

  static async #unlock() {
    const mine = await (await fetch(MINE, { headers: { Accept: "application/json" } })).json();
    const keyring = new Keyring();
    await ask(mine, async (passphrase) => {
      keyring.#own = await keep(await unwrap(passphrase, octets(mine.wrapped), octets(mine.public)));
    });
    for (const copy of mine.copies) await keyring.#hold(copy);
    return keyring;
  }

  async #hold({ desk, public: publicKey, sealed }) {
    try {
      const secret = await this.openOwn(octets(sealed), sealing.privateAad(desk, octets(publicKey)));
      this.#desks.set(publicKey, await keep(secret));
    } catch {
      // A copy that was not sealed to this key opens nothing; the others do.
    }
  }

  /** Open what was sealed to the person's own key: a copy or a share of a desk's key. */
  openOwn(sealed, aad) {
    return sealing.openSealed(this.#own, sealed, { aad });
  }

  #pair(talk) {
    const pair = this.#desks.get(talk.deskKey);
    if (!pair) throw new sealing.NotOpened();
    return pair;
  }

  /** Return the words of a message of a talk; throws `NotOpened`. */
  async open(message, talk) {
    const aad = sealing.aad(talk.uid, message.sender, message.client_id);
    return this.#words(message.sealed, talk, aad);
  }

  async #words(sealed, talk, aad) {
    return new TextDecoder().decode(await sealing.openSealed(this.#pair(talk), octets(sealed), { aad }));
  }

  /** Seal words of the counsellor for the desk and for the child. */
  async sealBoth(text, talk) {
    const client_id = crypto.randomUUID();
    const aad = sealing.aad(talk.uid, "counsellor", client_id);
    const words = utf8.encode(text);
    const [for_desk, for_child] = await Promise.all(
      [talk.deskKey, talk.childKey].map((to) => sealing.seal(octets(to), words, { aad })),
    );
    return { client_id, for_desk: b64(for_desk), for_child: b64(for_child) };
  }

  /** Seal a note for whoever holds the desk's key. */
  async sealNote(text, talk) {
    const client_id = crypto.randomUUID();
    const sealed = await sealing.seal(octets(talk.deskKey), utf8.encode(text), { aad: sealing.noteAad(talk.uid, client_id) });
    return { client_id, sealed: b64(sealed) };
  }

  /** Return the words of a note; throws `NotOpened`. */
  openNote(note, talk) {
    return this.#words(note.sealed, talk, sealing.noteAad(talk.uid, note.client_id));
  }
}

// --- Asking for the passphrase -----------------------------------------------------------------

function make(name, properties, ...inside) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...inside);
  return element;
}

/** Ask until `opens(passphrase)` does not throw; throws `Locked` where the person puts it off or has no key. */
function ask({ wrapped, words }, opens) {
  return new Promise((resolve, reject) => {
    const field = make("input", { type: "password", id: "keyring-passphrase", autocomplete: "current-password", required: true });
    const fault = make("p", { className: "field__error", role: "alert", id: "keyring-fault" });
    const later = make("button", { type: "button", className: "button--quiet", textContent: words.later });
    const unlock = make("button", { textContent: words.unlock });
    const label = make("label", { htmlFor: field.id, textContent: words.passphrase });
    const inside = wrapped
      ? [make("div", { className: "field" }, label, fault, field), make("div", { className: "actions" }, unlock, later)]
      : [make("p", {}, words.none), make("p", {}, make("a", { href: "/helpline/keys/", textContent: words.keys })), later];
    const title = make("h2", { id: "keyring-title", textContent: words.title });
    const form = make("form", { method: "dialog" }, title, ...inside);
    const dialog = make("dialog", { className: "card keyring" }, form);
    dialog.setAttribute("aria-labelledby", title.id);
    field.setAttribute("aria-describedby", fault.id);
    let isOpen = false;
    later.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (isOpen) resolve();
      else reject(new Locked());
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation();
      unlock.disabled = true;
      try {
        await opens(field.value);
        isOpen = true;
        dialog.close();
      } catch {
        fault.textContent = words.wrong;
        field.select();
      }
      unlock.disabled = false;
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
