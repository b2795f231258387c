// Messages as the desk sees them: opened in this browser, one list item each, in their order, each shown once.

/** Read what a page says of its talk, for the keyring. */
export function talkOf({ dataset }) {
  return { uid: dataset.talk, desk: dataset.deskUid, deskKey: dataset.deskKey, childKey: dataset.childKey };
}

export class Words {
  #shown = new Map(); // By place.
  #queue = Promise.resolve();

  /** `make(item, message)` adds what a page needs to an item beside the words. */
  constructor(root, list, keyring, make = () => {}) {
    Object.assign(this, { root, list, keyring, make });
  }

  /** Show a message; messages are opened one after another, so that their order stays. */
  show(message) {
    this.#queue = this.#queue.then(() => this.#show(message));
    return this.#queue;
  }

  async #show(message) {
    if (this.#shown.has(message.place)) return;
    let words = null;
    try {
      words = await this.keyring.open(message, talkOf(this.root));
    } catch {
      // Sealed to a key that this person does not hold, or changed: said in its place, and the others are shown.
    }
    const item = document.createElement("li");
    item.className = `message message--${message.sender === "child" ? "child" : "desk"}`;
    item.dataset.place = message.place;
    const head = document.createElement("span");
    head.className = "message__head";
    const time = document.createElement("time");
    time.dateTime = message.at;
    time.textContent = new Date(message.at).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
    head.append(message.sender === "child" ? this.root.dataset.child : this.root.dataset.desk, " · ", time);
    const body = document.createElement("span");
    body.className = "message__words";
    body.dir = "auto";
    body.textContent = words ?? this.root.dataset.unopened;
    if (words === null) body.classList.add("soft");
    item.append(head, body);
    this.make(item, message, words);
    this.#shown.set(message.place, item);
    const after = [...this.list.children].find((one) => Number(one.dataset.place) > message.place);
    this.list.insertBefore(item, after ?? null);
  }
}
