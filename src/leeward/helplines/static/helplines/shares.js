// Two shares of a secret bring it back, one says nothing about it: Shamir, Communications of the ACM 22(11), 1979, for two
// of n, octet by octet over GF(2^8) with the polynomial of AES (FIPS 197, section 4.2).

function times(left, right) {
  let product = 0;
  for (let a = left, b = right; b; b >>= 1) {
    if (b & 1) product ^= a;
    a = (a << 1) ^ (a & 0x80 ? 0x11b : 0);
  }
  return product;
}

function inverse(value) {
  let power = 1; // value^254, because value^255 is 1.
  for (let i = 0; i < 254; i++) power = times(power, value);
  return power;
}

/** Return one share for each place; places are numbers from 1 to 255, each once. */
export function split(secret, places) {
  const slope = crypto.getRandomValues(new Uint8Array(secret.length));
  const shares = places.map((place) => secret.map((octet, i) => octet ^ times(slope[i], place)));
  slope.fill(0);
  return shares;
}

/** Return the secret of two shares, each { place, octets }, of different places. */
export function join(one, two) {
  if (one.place === two.place) throw new RangeError("two shares of one place bring nothing back");
  const weight = times(two.place, inverse(one.place ^ two.place));
  return one.octets.map((octet, i) => times(octet, weight) ^ times(two.octets[i], weight ^ 1));
}
