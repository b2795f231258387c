// The counsellor's line: it says «here», follows talks, finds its way back after a fault, and sends again what was not kept.
// It announces each frame as an event of the frame's type, and "up" and "down".

import { Line } from "./chat-line.js";

const AGAIN_MS = 3_000;

export class DeskLine extends EventTarget {
  #line;
  #isUp = false;
  #places = new Map(); // Of each talk that is followed, the last place that was heard.
  #unkept = new Map(); // What was said and not kept yet, by its client id, in order.

  constructor() {
    super();
    const here = () => ({ type: "here" });
    this.#line = new Line("/helpline/line/", {
      hello: here,
      here,
      heard: (frame) => this.#heard(frame),
      changed: () => this.#down(),
    });
  }

  /** Hear a talk from its first message on. */
  follow(conversation) {
    this.#places.set(conversation, 0);
    this.#put({ type: "follow", conversation, since: 0 });
  }

  /** Show no more of a talk. */
  forget(conversation) {
    this.#places.delete(conversation);
  }

  /** Say sealed words; they are sent again until they are kept or refused. */
  say(conversation, { client_id, for_desk, for_child }) {
    const frame = { type: "say", conversation, client_id, for_desk, for_child };
    this.#unkept.set(client_id, frame);
    this.#put(frame);
  }

  #up() {
    this.#isUp = true;
    for (const [conversation, since] of this.#places) this.#put({ type: "follow", conversation, since });
    for (const frame of this.#unkept.values()) this.#put(frame);
    this.dispatchEvent(new Event("up"));
  }

  #down() {
    this.#isUp = false;
    this.dispatchEvent(new Event("down"));
  }

  #heard(frame) {
    if (!this.#isUp) this.#up();
    if (frame.type === "message") {
      const last = this.#places.get(frame.conversation);
      if (last !== undefined && frame.place > last + 1) {
        this.#put({ type: "follow", conversation: frame.conversation, since: last }); // One was lost on the way.
        return;
      }
      if (last !== undefined) this.#places.set(frame.conversation, Math.max(last, frame.place));
    }
    if (frame.type === "refused" && frame.code === "not_yours") this.forget(frame.conversation);
    if (frame.type === "kept") this.#unkept.delete(frame.client_id);
    if (frame.type === "refused" && !["busy", "too_fast"].includes(frame.code)) this.#unkept.delete(frame.client_id);
    else if (frame.type === "refused" && this.#unkept.has(frame.client_id)) {
      setTimeout(() => this.#unkept.has(frame.client_id) && this.#put(this.#unkept.get(frame.client_id)), AGAIN_MS);
    }
    this.dispatchEvent(new CustomEvent(frame.type, { detail: frame }));
  }

  #put(frame) {
    this.#line.send(frame);
  }
}
