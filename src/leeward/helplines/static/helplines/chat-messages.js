// The messages of a talk as a list on the page, by their places; what is not confirmed yet stands at the end.

import * as sealing from "./sealing.js";

const utf8 = new TextDecoder();

export class Messages {
  #waiting = new Map(); // Of our own, by client id, until they have a place.
  #places = new Map();
  last = 0; // Up to here none is missing.

  constructor(list, said) {
    this.list = list;
    this.said = said;
  }

  /** Show a message that came; say whether one before it is missing. */
  async add(message, pair) {
    if (this.#places.has(message.place)) return false;
    if (message.sender === "child" && this.#waiting.has(message.client_id)) {
      this.confirm(message.client_id, message.place);
      return this.#isMissing();
    }
    const line = this.#line(message.sender);
    this.#put(line, message.place);
    await this.#open(line, message, pair);
    return this.#isMissing();
  }

  /** Show a message of our own that is on its way. */
  async addOwn(message, pair) {
    const line = this.#line("child");
    line.querySelector(".talk__state").textContent = this.said.sending;
    this.#waiting.set(message.client_id, line);
    this.list.append(line);
    await this.#open(line, { ...message, sender: "child", sealed: message.for_child }, pair);
  }

  /** A message of our own was stored at a place. */
  confirm(clientId, place) {
    const line = this.#waiting.get(clientId);
    if (!line) return;
    this.#waiting.delete(clientId);
    line.querySelector(".talk__state").textContent = this.said.sent;
    if (this.#places.has(place)) line.remove();
    else this.#put(line, place);
  }

  /** Take a message of our own away again: it will not be stored. */
  remove(clientId) {
    this.#waiting.get(clientId)?.remove();
    this.#waiting.delete(clientId);
  }

  #isMissing() {
    return Math.max(...this.#places.keys()) > this.last;
  }

  #put(line, place) {
    this.#places.set(place, line);
    while (this.#places.has(this.last + 1)) this.last += 1;
    const later = [...this.#places.keys()].filter((other) => other > place);
    const next = later.length ? this.#places.get(Math.min(...later)) : [...this.#waiting.values()][0];
    this.list.insertBefore(line, next ?? null);
  }

  #line(sender) {
    const line = document.createElement("li");
    line.className = `talk__line talk__line--${sender}`;
    for (const part of ["who", "words", "state"]) {
      line.appendChild(document.createElement("p")).className = `talk__${part}`;
    }
    line.querySelector(".talk__who").textContent = sender === "child" ? this.said.you : this.alias || "";
    return line;
  }

  async #open(line, message, pair) {
    const words = line.querySelector(".talk__words");
    words.dir = "auto";
    try {
      const aad = sealing.aad(message.conversation, message.sender, message.client_id);
      words.textContent = utf8.decode(await sealing.openSealed(pair, sealing.fromBase64url(message.sealed), { aad }));
    } catch (error) {
      if (!(error instanceof sealing.NotOpened)) throw error;
      words.textContent = this.said.unread;
    }
    line.scrollIntoView({ block: "nearest" });
  }
}
