// Looks whether the key of a page is the one that everybody is given: it must stand in the register of keys, whose chain must go
// on from what this browser saw the last time. The twin of `age/blind/register.py`; sites and others keep copies of the same lines.
import { fromBase64url, toBase64url } from "./blind.js";

const PLACE = "leeward-age-register";
const AT_ONCE = 500; // As in age/blind/register.py.
const utf8 = new TextEncoder();

/** The key does not stand in the register, or the register says something else than before. */
export class NotRegistered extends Error {}

async function hash(...parts) {
  return toBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer())));
}

/** Return the thumbprint of an RSA key: RFC 7638. */
function thumbprint(key) {
  return hash(utf8.encode(JSON.stringify({ e: key.e, kty: "RSA", n: key.n })));
}

/** Return the digest of a line and of all before it. What it says is written in the order of the alphabet. */
function digest(previous, { acr, age_over, age_under, kid, number, signs_from }) {
  const said = JSON.stringify({ acr, age_over, age_under, kid, number, signs_from });
  return hash(fromBase64url(previous), utf8.encode(said));
}

function says({ acr, age_over, age_under, signs_from }) {
  return JSON.stringify([acr, age_over ?? null, age_under ?? null, signs_from]);
}

/** Return the last line that this browser saw, or null. */
function seen() {
  try {
    const { number, digest } = JSON.parse(localStorage.getItem(PLACE));
    return Number.isInteger(number) && number > 0 ? { number, digest } : null;
  } catch {
    return null; // It saw none, or something else wrote there.
  }
}

/** Forget what was seen. */
export function forget() {
  localStorage.removeItem(PLACE);
}

async function lines(address, after) {
  const answer = await fetch(`${address}?after=${after}`, { cache: "no-cache", credentials: "omit" });
  if (!answer.ok) throw new NotRegistered();
  return (await answer.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** Return when a published key stands in the register at `address`; throws `NotRegistered`. */
export async function check(key, address) {
  if (!Number.isInteger(key.number) || key.number < 1 || (await thumbprint(key)) !== key.kid) throw new NotRegistered();
  const last = seen();
  // From a round number on: how much this browser has seen is nobody's business.
  let number = Math.floor((Math.min(last?.number ?? key.number, key.number) - 1) / AT_ONCE) * AT_ONCE;
  let previous = number ? null : await hash(utf8.encode("leeward register of blind keys 1"));
  let [isThere, more] = [false, []];
  do {
    more = await lines(address, number);
    for (const line of more) {
      number += 1;
      const isNext = line.number === number && (previous === null || line.previous === previous);
      const isSame = last?.number !== number || line.digest === last.digest;
      const isOnly = says(line) !== says(key) || line.kid === key.kid;
      if (!isNext || !isSame || !isOnly || line.digest !== (await digest(line.previous, line))) throw new NotRegistered();
      isThere ||= number === key.number && line.kid === key.kid && says(line) === says(key);
      previous = line.digest;
    }
  } while (more.length === AT_ONCE);
  if (!isThere || number < (last?.number ?? 0)) throw new NotRegistered();
  localStorage.setItem(PLACE, JSON.stringify({ number, digest: previous }));
}
