// A small sum that costs a sender of floods much and a child a second: find n so that SHA-256 of "challenge:n" begins
// with `bits` zero bits. Loaded only where Leeward asks for it.
//
// `crypto.subtle` hashes one text a call, with a wait for each, and is missing on host pages over plain HTTP; so the
// hash is computed here, in slices between which the page stays alive. Source: FIPS 180-4, sections 4.1.2 and 6.2.2.

const MOST_BITS = 28;
const SLICE_MS = 12;
const ROUNDS = 64;
const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;

/** The first 32 bits of the fractional parts of a root of the first primes, as FIPS 180-4 derives its constants. */
function fractions(count, root) {
  const found = [];
  for (let candidate = 2; found.length < count; candidate += 1) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) if (candidate % divisor === 0) isPrime = false;
    if (isPrime) found.push(((candidate ** (1 / root)) % 1) * 2 ** 32);
  }
  return Int32Array.from(found, (value) => value | 0);
}

const START = fractions(8, 2);
const K = fractions(ROUNDS, 3);
const w = new Int32Array(ROUNDS);

/** Mix the 64 bytes of `view` from `offset` into `state`. */
function mix(state, view, offset) {
  for (let i = 0; i < 16; i += 1) w[i] = view.getInt32(offset + 4 * i);
  for (let i = 16; i < ROUNDS; i += 1) {
    const x = w[i - 15], y = w[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < ROUNDS; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const first = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + first) | 0; d = c; c = b; b = a; a = (first + second) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

/** The hash of ASCII texts that all begin with `prefix`, whose whole blocks are mixed once. */
export class Hasher {
  #middle = START.slice();
  #rest; #prefixBytes;

  constructor(prefix) {
    const bytes = new TextEncoder().encode(prefix);
    const view = new DataView(bytes.buffer);
    const whole = Math.floor(bytes.length / BLOCK_BYTES) * BLOCK_BYTES;
    for (let offset = 0; offset < whole; offset += BLOCK_BYTES) mix(this.#middle, view, offset);
    this.#rest = bytes.subarray(whole);
    this.#prefixBytes = bytes.length;
  }

  /** Return the eight 32-bit words of SHA-256(prefix + ending); `ending` is ASCII. */
  hash(ending) {
    const used = this.#rest.length + ending.length;
    const blocks = Math.ceil((used + 1 + LENGTH_BYTES) / BLOCK_BYTES);
    const last = new Uint8Array(blocks * BLOCK_BYTES);
    last.set(this.#rest);
    for (let i = 0; i < ending.length; i += 1) last[this.#rest.length + i] = ending.charCodeAt(i);
    last[used] = 0x80;
    const view = new DataView(last.buffer);
    view.setUint32(last.length - 4, (this.#prefixBytes + ending.length) * 8);
    const state = this.#middle.slice();
    for (let offset = 0; offset < last.length; offset += BLOCK_BYTES) mix(state, view, offset);
    return state;
  }
}

function zeroBits(state) {
  let bits = 0;
  for (const word of state) {
    bits += Math.clz32(word);
    if (word !== 0) break;
  }
  return bits;
}

const aMoment = () => new Promise((resolve) => { setTimeout(resolve); });

/** Return the solution "challenge:n"; throws a RangeError where more work is asked than a child's device should do. */
export async function solve(challenge, bits) {
  if (!Number.isInteger(bits) || bits < 0 || bits > MOST_BITS) throw new RangeError(`${bits} bits of work are refused; send the report later.`);
  const prefix = `${challenge}:`;
  const hasher = new Hasher(prefix);
  for (let n = 0; ;) {
    for (const end = performance.now() + SLICE_MS; performance.now() < end; n += 1) {
      if (zeroBits(hasher.hash(String(n))) >= bits) return prefix + n;
    }
    await aMoment();
  }
}
