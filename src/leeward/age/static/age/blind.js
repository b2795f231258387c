// Blind tokens in the browser: the holder's half of RFC 9474 (RSABSSA-SHA384-PSS-Deterministic), on WebCrypto and BigInt.
// The twin of `engines/blindtokens`. A token is a key drawn for it alone, which the service signs without seeing it.

const HASH = "SHA-384";
const HASH_BYTES = 48;
const POINT = { name: "ECDSA", namedCurve: "P-256" };
const utf8 = new TextEncoder();
const PREFIX = utf8.encode("leeward blind age token 1"); // As in age/blind/wire.py.

/** The service gave something back that is no signature of its published key. */
export class NotSigned extends Error {}

// --- Octets and numbers ----------------------------------------------------------------------

export function toBase64url(octets) {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function fromBase64url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function toNumber(octets) {
  let text = "";
  for (const octet of octets) text += octet.toString(16).padStart(2, "0");
  return BigInt(`0x${text || "0"}`);
}

function toOctets(number, length) {
  const text = number.toString(16).padStart(2 * length, "0");
  return Uint8Array.from(text.match(/../g), (pair) => Number.parseInt(pair, 16));
}

function power(base, exponent, n) {
  let [found, square] = [1n, base % n];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) found = (found * square) % n;
    square = (square * square) % n;
  }
  return found;
}

/** Return the inverse of a number modulo n, or null where there is none (extended Euclid). */
function inverse(number, n) {
  let [r, next, s, then] = [number % n, n, 1n, 0n];
  while (next) {
    const times = r / next;
    [r, next] = [next, r - times * next];
    [s, then] = [then, s - times * then];
  }
  return r === 1n ? ((s % n) + n) % n : null;
}

async function hash(...parts) {
  return new Uint8Array(await crypto.subtle.digest(HASH, joined(...parts)));
}

// --- RFC 9474 ----------------------------------------------------------------------------------

/** Encode a message by EMSA-PSS with SHA-384: RFC 8017, section 9.1.1. */
async function encode(message, bits, salt) {
  const length = Math.ceil(bits / 8);
  const digest = await hash(new Uint8Array(8), await hash(message), salt);
  const block = joined(new Uint8Array(length - salt.length - HASH_BYTES - 2), Uint8Array.of(1), salt);
  const masks = [];
  for (let number = 0; number * HASH_BYTES < block.length; number++) {
    masks.push(await hash(digest, toOctets(BigInt(number), 4)));
  }
  const mask = joined(...masks);
  const masked = block.map((octet, at) => octet ^ mask[at]);
  masked[0] &= 0xff >> (8 * length - bits);
  return joined(masked, digest, Uint8Array.of(0xbc));
}

/** Draw a number below n that has an inverse. */
function draw(n, length) {
  for (;;) {
    const number = toNumber(crypto.getRandomValues(new Uint8Array(length)));
    const found = number && number < n ? inverse(number, n) : null;
    if (found !== null) return [number, found];
  }
}

/** Blind a message for a public key (a JWK). `salt` and `factor`, the blinding number, are drawn where none are given. */
export async function blind(jwk, message, { salt, factor } = {}) {
  const [n, e] = [toNumber(fromBase64url(jwk.n)), toNumber(fromBase64url(jwk.e))];
  const bits = n.toString(2).length;
  const length = Math.ceil(bits / 8);
  salt ??= crypto.getRandomValues(new Uint8Array(HASH_BYTES));
  const encoded = toNumber(await encode(message, bits - 1, salt));
  const [r, back] = factor === undefined ? draw(n, length) : [factor, inverse(factor, n)];
  return { blinded: toOctets((encoded * power(r, e, n)) % n, length), back };
}

/** Take the blind off a signature and check it; throws `NotSigned`. `saltLength` is that of the suite. */
export async function finish(jwk, message, signature, back, saltLength = HASH_BYTES) {
  const n = toNumber(fromBase64url(jwk.n));
  const finished = toOctets((toNumber(signature) * back) % n, signature.length);
  const pss = { name: "RSA-PSS", hash: HASH };
  const key = await crypto.subtle.importKey("jwk", { kty: "RSA", n: jwk.n, e: jwk.e }, pss, false, ["verify"]);
  if (!(await crypto.subtle.verify({ name: "RSA-PSS", saltLength }, key, finished, message))) throw new NotSigned();
  return finished;
}

// --- Tokens --------------------------------------------------------------------------------------

/** Draw a token: what is sent to be signed, and what is kept to finish it. */
export async function drawToken(jwk) {
  const pair = await crypto.subtle.generateKey(POINT, true, ["sign"]);
  const holder = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const { blinded, back } = await blind(jwk, joined(PREFIX, holder));
  return { blinded, back, holder, secret: await crypto.subtle.exportKey("jwk", pair.privateKey) };
}

/** Finish a drawn token with the answer of the service, in a form that can be kept as JSON; throws `NotSigned`. */
export async function finishToken(jwk, drawn, signature) {
  const finished = await finish(jwk, joined(PREFIX, drawn.holder), signature, drawn.back);
  return {
    kid: jwk.kid,
    over: jwk.age_over ?? null,
    under: jwk.age_under ?? null,
    acr: jwk.acr,
    until: jwk.good_until,
    holder: toBase64url(drawn.holder),
    signature: toBase64url(finished),
    secret: drawn.secret,
  };
}

/** Return a kept token as it travels to the site of `origin`, which asked with `challenge`. */
export async function written(token, origin, challenge) {
  const key = await crypto.subtle.importKey("jwk", token.secret, POINT, false, ["sign"]);
  const meant = joined(PREFIX, utf8.encode(`\n${origin}\n${challenge}`));
  const proof = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, meant);
  return [token.kid, token.holder, token.signature, toBase64url(new Uint8Array(proof))].join(".");
}
