// A line to the server that comes back by itself: growing waits with a little chance in them, a heartbeat, and at each
// new beginning the first frame again. What must not get lost is kept by whoever speaks, and sent again.

const HEARTBEAT_MS = 20_000;
const AGAIN_MS = 500;
const AGAIN_MOST_MS = 8_000;

export class Line {
  #socket = null;
  #waitMs = AGAIN_MS;
  #timer = 0;
  #beat = 0;
  #isOver = false;

  /** `hello()` gives the first frame, `here()` the heartbeat; `heard(frame)` takes each one; `changed(isUp)` the state of the line. */
  constructor(path, { hello, here, heard, changed }) {
    this.url = new URL(path, location.href.replace(/^http/, "ws"));
    Object.assign(this, { hello, here, heard, changed });
    addEventListener("online", () => this.#now());
    document.addEventListener("visibilitychange", () => document.hidden || this.#now());
    this.#open();
  }

  get isUp() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Send a frame where the line is up; say whether it was. */
  send(frame) {
    if (this.isUp) this.#socket.send(JSON.stringify(frame));
    return this.isUp;
  }

  /** Hang up for good. */
  end() {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #now() {
    if (this.#isOver || this.#socket) return;
    clearTimeout(this.#timer);
    this.#open();
  }

  #open() {
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#beat = setInterval(() => this.send(this.here()), HEARTBEAT_MS);
      this.send(this.hello());
    };
    socket.onmessage = ({ data }) => {
      this.#waitMs = AGAIN_MS; // The server speaks, so the way is open; an accepted line alone says less.
      this.heard(JSON.parse(data));
    };
    socket.onclose = ({ code }) => {
      clearInterval(this.#beat);
      this.#socket = null;
      if (this.#isOver) return;
      this.changed(false, code);
      this.#timer = setTimeout(() => this.#open(), this.#waitMs * (0.5 + Math.random()));
      this.#waitMs = Math.min(this.#waitMs * 2, AGAIN_MOST_MS);
    };
  }
}
