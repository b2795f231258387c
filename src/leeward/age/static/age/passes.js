// The tokens that lie in this browser. Each holds its own key, which is of no use without it, so both lie in one place.

const PLACE = "leeward-age-passes";
const LEVELS = ["asserted", "basic", "standard", "enhanced"];

/** Return every token that is still good. */
export function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return found.filter((token) => Date.parse(token.until) > Date.now());
  } catch {
    return []; // The browser keeps nothing, or something else wrote there.
  }
}

/** Keep these tokens and no others. */
export function keep(tokens) {
  if (tokens.length) localStorage.setItem(PLACE, JSON.stringify(tokens));
  else localStorage.removeItem(PLACE);
}

/** Return the token that says enough and not more than it must; null where none does. `wanted` has over or under, and level. */
export function fitting({ over, under, level }) {
  const at = LEVELS.indexOf(level);
  const enough = kept().filter((token) => {
    if (LEVELS.indexOf(token.acr) < at) return false;
    return over === null ? token.under !== null && token.under <= under : token.over !== null && token.over >= over;
  });
  const more = (token) => LEVELS.indexOf(token.acr) * 100 + Math.abs((token.over ?? token.under) - (over ?? under));
  return enough.sort((one, other) => more(one) - more(other))[0] ?? null;
}
