// Whose network this is: the address that was built in, or the one that somebody gave on the page of options.
import { BUILT_FOR } from "./site.js";

const api = globalThis.browser ?? globalThis.chrome;

/** Return the origin of an address that may be a provider's, or null. */
export function originOf(typed) {
  try {
    const address = new URL(typed.includes("://") ? typed : `https://${typed}`);
    return address.protocol === "https:" && address.hostname.includes(".") ? address.origin : null;
  } catch {
    return null;
  }
}

/** Return the origin of the provider's site, or null where nobody gave it yet. */
export async function provider() {
  if (BUILT_FOR) return new URL(BUILT_FOR).origin;
  const { site } = await api.storage.local.get("site");
  return site ?? null;
}

export const isBuiltFor = BUILT_FOR !== "";
