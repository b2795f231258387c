// Sealed messages in the browser: the twin of `engines/sealing`, on WebCrypto alone. HPKE (RFC 9180) in base mode with
// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM; each message is the encapsulated key and the ciphertext.
//
// A pair is { key, public }: `key` stays inside the browser's own keeper and cannot be read out.

const KEY_BYTES = 32;
const ROUNDS = 600_000; // As in engines/sealing/codes.py.
const CODE_NUMBERS = 10 ** 14;
// RFC 8410, section 7: the octets before a private key of X25519 in PKCS #8.
const PKCS8 = Uint8Array.from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20]);
const X25519 = { name: "X25519" };

const utf8 = new TextEncoder();
const VERSION = utf8.encode("HPKE-v1");
const KEM = Uint8Array.of(...utf8.encode("KEM"), 0, 0x20);
const SUITE = Uint8Array.of(...utf8.encode("HPKE"), 0, 0x20, 0, 1, 0, 2);
const NOTHING = new Uint8Array();

export const INFO = utf8.encode("leeward talk 1");

/** The message was sealed to another key or for another place, or was changed. */
export class NotOpened extends Error {}

/** Say whether this browser can seal; old ones cannot, and then the server seals what comes in the clear over https. */
export async function isAble() {
  try {
    await crypto.subtle.generateKey(X25519, false, ["deriveBits"]);
    return true;
  } catch {
    return false; // No WebCrypto, or one without X25519.
  }
}

// --- Octets ------------------------------------------------------------------------------------

export function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function toBase64url(octets) {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function fromBase64url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}

function uuid(text) {
  return Uint8Array.from(text.replaceAll("-", "").match(/../g), (pair) => Number.parseInt(pair, 16));
}

// --- Keys --------------------------------------------------------------------------------------

/** Keep 32 private octets as a pair whose private half cannot be read out again. */
export async function pairOf(octets) {
  const encoded = joined(PKCS8, octets);
  const open = await crypto.subtle.importKey("pkcs8", encoded, X25519, true, ["deriveBits"]);
  const { x } = await crypto.subtle.exportKey("jwk", open);
  const key = await crypto.subtle.importKey("pkcs8", encoded, X25519, false, ["deriveBits"]);
  return { key, public: fromBase64url(x) };
}

/** Make a pair that never leaves this page. */
export async function newPair() {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(X25519, false, ["deriveBits"]);
  return { key: privateKey, public: new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)) };
}

/** Make 32 private octets for a key that is wrapped and kept. Every 32 octets are a key of X25519 (RFC 7748). */
export function newPrivate() {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES));
}

// --- HPKE --------------------------------------------------------------------------------------

async function mac(key, octets) {
  // WebCrypto takes no empty key; HMAC fills a short one with zeros, so one zero is the same key.
  const secret = key.length ? key : new Uint8Array(1);
  const imported = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, octets));
}

function extract(salt, label, key, suite) {
  return mac(salt, joined(VERSION, suite, utf8.encode(label), key));
}

async function expand(secret, label, info, length, suite) {
  const labelled = joined(Uint8Array.of(0, length), VERSION, suite, utf8.encode(label), info, Uint8Array.of(1));
  return (await mac(secret, labelled)).subarray(0, length);
}

async function shared(key, other, context) {
  const theirs = await crypto.subtle.importKey("raw", other, X25519, false, []);
  const agreed = new Uint8Array(await crypto.subtle.deriveBits({ ...X25519, public: theirs }, key, 8 * KEY_BYTES));
  return expand(await extract(NOTHING, "eae_prk", agreed, KEM), "shared_secret", context, KEY_BYTES, KEM);
}

async function cipher(secret, info, use) {
  const ids = await extract(NOTHING, "psk_id_hash", NOTHING, SUITE);
  const context = joined(Uint8Array.of(0), ids, await extract(NOTHING, "info_hash", info, SUITE));
  const root = await extract(secret, "secret", NOTHING, SUITE);
  const key = await expand(root, "key", context, KEY_BYTES, SUITE);
  return {
    key: await crypto.subtle.importKey("raw", key, "AES-GCM", false, [use]),
    iv: await expand(root, "base_nonce", context, 12, SUITE),
  };
}

/** Seal octets to a public key. */
export async function seal(to, words, { info = INFO, aad }) {
  const once = await newPair();
  const secret = await shared(once.key, to, joined(once.public, to));
  const { key, iv } = await cipher(secret, info, "encrypt");
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: aad }, key, words);
  return joined(once.public, new Uint8Array(sealed));
}

/** Open what was sealed to a pair; throws `NotOpened`. */
export async function openSealed(pair, sealed, { info = INFO, aad }) {
  try {
    const once = sealed.subarray(0, KEY_BYTES);
    const secret = await shared(pair.key, once, joined(once, pair.public));
    const { key, iv } = await cipher(secret, info, "decrypt");
    const words = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: aad }, key, sealed.subarray(KEY_BYTES));
    return new Uint8Array(words);
  } catch {
    throw new NotOpened();
  }
}

// --- What a message is bound to ------------------------------------------------------------------

export function aad(conversation, sender, clientId) {
  return joined(uuid(conversation), uuid(clientId), utf8.encode(sender));
}

export function noteAad(conversation, noteId) {
  return joined(uuid(conversation), uuid(noteId), utf8.encode("note"));
}

export function privateAad(desk, publicKey) {
  return joined(uuid(desk), publicKey, utf8.encode("desk key"));
}

// --- Codes ---------------------------------------------------------------------------------------

/** Make a code: 14 random digits and two that check them (ISO 7064 MOD 97-10), as `core/codes.py` does. */
export function newCode() {
  const words = crypto.getRandomValues(new Uint32Array(2));
  // 2^53 numbers in 10^14 boxes: the fullest box is likelier than the emptiest by one in ninety, which costs 0.01 bit.
  const number = ((words[0] & 0x1fffff) * 2 ** 32 + words[1]) % CODE_NUMBERS;
  const digits = String(number).padStart(14, "0");
  return digits + String(98n - (BigInt(digits) * 100n) % 97n).padStart(2, "0");
}

/** Return the 16 digits of what was typed, in any writing of digits, or an empty text where they cannot be right. */
export function readCode(typed) {
  let digits = "";
  for (const sign of typed) {
    if (/\p{Nd}/u.test(sign)) digits += valueOf(sign);
  }
  return digits.length === 16 && BigInt(digits) % 97n === 1n ? digits : "";
}

// Unicode keeps each writing's ten digits together, and zero is the first of them.
function valueOf(sign) {
  let zero = sign.codePointAt(0);
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) {
    zero -= 1;
    value += 1;
  }
  return value;
}

export function grouped(code) {
  return code.replace(/.{4}(?=.)/g, "$& ");
}

/** Return what a code opens on this site: { finder, key, public }. `site` is the salt, in octets. */
export async function fromCode(code, site) {
  const typed = await crypto.subtle.importKey("raw", utf8.encode(code), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: site, iterations: ROUNDS };
  const seed = new Uint8Array(await crypto.subtle.deriveBits(how, typed, 8 * KEY_BYTES));
  const finder = await mac(seed, utf8.encode("leeward finder 1\x01"));
  return { finder, ...(await pairOf(await mac(seed, utf8.encode("leeward child key 1\x01")))) };
}
