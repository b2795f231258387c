// What this tab keeps while a chat lasts, so that a reload loses nothing: the code, the draft, and sealed messages that the
// server has not confirmed. The exit and the end of the chat clear it.

const CODE = "code";
const DRAFT = "draft";
const UNSENT = "unsent";

export const code = () => sessionStorage.getItem(CODE);
export const keepCode = (digits) => sessionStorage.setItem(CODE, digits);

export const draft = () => sessionStorage.getItem(DRAFT) ?? "";
export const keepDraft = (words) => sessionStorage.setItem(DRAFT, words);

/** Return the messages that were not confirmed, in their order. */
export const unsent = () => JSON.parse(sessionStorage.getItem(UNSENT) ?? "[]");

/** Keep a sealed message until it is confirmed. */
export function keep(message) {
  sessionStorage.setItem(UNSENT, JSON.stringify([...unsent(), message]));
}

/** Forget a message: it is stored, or will never be. */
export function forget(clientId) {
  sessionStorage.setItem(UNSENT, JSON.stringify(unsent().filter((message) => message.client_id !== clientId)));
}

export function clear() {
  for (const name of [CODE, DRAFT, UNSENT]) sessionStorage.removeItem(name);
}
