// Shows why a page does not open, where the provider's network keeps it away.
//
// It looks at nothing but pages that failed to load in a tab, asks nobody but the provider, and tells it nothing but the host
// name. It keeps nothing and counts nothing.
import { provider } from "./provider.js";

const api = globalThis.browser ?? globalThis.chrome;

// What a kept-away name looks like to a browser: no address at all, or an address at which nobody answers for that name.
const FAILURES = new Set([
  // Chromium: net/base/net_error_list.h
  "net::ERR_NAME_NOT_RESOLVED",
  "net::ERR_CONNECTION_REFUSED",
  "net::ERR_ADDRESS_INVALID",
  "net::ERR_ADDRESS_UNREACHABLE",
  "net::ERR_CERT_COMMON_NAME_INVALID",
  // Firefox by name, and as it writes them here: xpcom/base/ErrorList.py, module NETWORK
  "NS_ERROR_UNKNOWN_HOST",
  "NS_ERROR_CONNECTION_REFUSED",
  "Error code 2152398878",
  "Error code 2152398861",
]);
const WAIT_MS = 5000;
const MAIN_FRAME = 0;

api.webNavigation.onErrorOccurred.addListener(
  (failed) => {
    if (failed.frameId === MAIN_FRAME && FAILURES.has(failed.error)) return explain(failed);
  },
  { url: [{ schemes: ["http", "https"] }] },
);

async function explain(failed) {
  const site = await provider();
  const name = new URL(failed.url).hostname;
  if (site === null || !isAskedAbout(name, site)) return;
  const page = await pageFor(name, site);
  if (page !== null && (await isStillThere(failed))) await api.tabs.update(failed.tabId, { url: page });
}

/** True for a public name. The machines of a home and bare addresses are nobody's business, and the provider knows itself. */
function isAskedAbout(name, site) {
  const isAddress = name.startsWith("[") || /^[0-9.]+$/.test(name);
  return name.includes(".") && !isAddress && !name.endsWith(".local") && name !== new URL(site).hostname;
}

/** Return the provider's page about a closed name; null where it is not closed, or where the provider cannot be asked. */
async function pageFor(name, site) {
  try {
    const answer = await fetch(`${site}/api/v1/door?name=${encodeURIComponent(name)}`, {
      // With its cookies the provider knows which child's device this is.
      credentials: "include",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(WAIT_MS),
    });
    const said = answer.ok ? await answer.json() : { closed: false };
    if (said.closed !== true) return null;
    const page = new URL(said.page, site);
    // A page anywhere else is not the provider's, whoever says so.
    return page.origin === site ? page.href : null;
  } catch {
    // No network, or no answer: the browser's own page stays, which says the same.
    return null;
  }
}

/** True where the tab still shows what failed: somebody may have gone on while the provider was asked. */
async function isStillThere(failed) {
  const frame = await api.webNavigation.getFrame({ tabId: failed.tabId, frameId: MAIN_FRAME });
  return frame !== null && frame !== undefined && frame.url === failed.url;
}
