// <blurred-evidence>: evidence that comes small, blurred and grey, and is uncovered step by step, as far as somebody needs.
// Until the first step the page has only a covered copy, made by the server; a clear one is fetched when it is asked for,
// and each time is noted there. It covers itself after 30 seconds, or when the tab is left, and says how long it was seen.

const SHOWN_FOR_MS = 30_000;
const BLURS = ["covered", "strong", "light", "none"];
const SIZES = ["small", "medium", "large"];
const KEYS = { b: "clearer", c: "colour", l: "larger", h: "cover", Escape: "cover" };

class BlurredEvidence extends HTMLElement {
  #first; // What the server put here: the covered picture or text.
  #clear = null; // The clear copy, only while it is shown.
  #asked = 0; // Counts what was asked for, so that an answer that comes late is dropped.
  #since = 0;
  #timer = 0;
  #blur = 0;
  #size = 0;
  #colour = false;
  #status = document.createElement("p");
  #buttons = {};

  connectedCallback() {
    this.#first = this.querySelector("img, pre");
    const form = this.querySelector("[data-bare]");
    if (!this.#first || this.#status.isConnected) return;
    form.hidden = true;
    if (this.#first.localName === "img") this.#first.src = this.dataset.covered;
    this.#status.role = "status";
    const row = document.createElement("div");
    row.className = "actions";
    row.append(...this.#controls());
    this.append(row, this.#status);
    this.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("visibilitychange", this.#left);
    addEventListener("pagehide", this.#left);
    this.#look();
    this.#say("sayCovered");
    this.#buttons.clearer.focus();
  }

  disconnectedCallback() {
    this.cover();
    document.removeEventListener("visibilitychange", this.#left);
    removeEventListener("pagehide", this.#left);
  }

  /** Show one step less blurred; the first step fetches the clear copy. */
  clearer() {
    if (this.#blur < BLURS.length - 1) this.#blur += 1;
    this.#show();
  }

  /** Show colours, or grey again. */
  colour() {
    this.#colour = !this.#colour;
    if (this.#blur === 0) this.#blur = 1; // The covered copy has no colours.
    this.#show();
  }

  /** Show it larger, or small again after the largest. */
  larger() {
    this.#size = (this.#size + 1) % SIZES.length;
    this.#look();
  }

  /** Cover it and forget the clear copy. */
  cover() {
    const seconds = this.#since ? Math.ceil((performance.now() - this.#since) / 1000) : 0;
    this.#asked += 1;
    this.#since = this.#blur = this.#size = 0;
    this.#colour = false;
    clearTimeout(this.#timer);
    this.#clear?.remove();
    this.#clear = null;
    this.#look();
    this.#say("sayCovered");
    if (seconds) this.#count(seconds);
  }

  #left = (event) => {
    if (event.type === "pagehide" || document.hidden) this.cover();
  };

  #controls() {
    const isPicture = this.#first.localName === "img";
    const wanted = { clearer: ["sayClear", "b"], ...(isPicture && { colour: ["sayColour", "c"], larger: ["sayLarger", "l"] }), cover: ["sayHide", "h"] };
    return Object.entries(wanted).map(([step, [words, key]]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button--quiet";
      button.textContent = this.dataset[words];
      button.setAttribute("aria-keyshortcuts", key);
      // So that the keys of the page name it, and it is reached from everywhere on the page.
      Object.assign(button.dataset, { key, keyLabel: this.dataset[words] });
      const hint = document.createElement("kbd");
      hint.textContent = key.toUpperCase();
      hint.ariaHidden = "true";
      button.append(" ", hint);
      button.addEventListener("click", () => this[step]());
      this.#buttons[step] = button;
      return button;
    });
  }

  #pressed(event) {
    const step = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!step || !this.#buttons[step] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this[step]();
  }

  async #show() {
    if (this.#clear) return this.#shown();
    const asked = ++this.#asked;
    try {
      const clear = await this.#fetched();
      if (asked !== this.#asked) return;
      this.#clear = clear;
    } catch {
      if (asked !== this.#asked) return;
      this.cover();
      return this.#say("sayFailed");
    }
    this.#first.after(this.#clear);
    this.#since = performance.now();
    this.#timer = setTimeout(() => this.cover(), SHOWN_FOR_MS);
    this.#shown();
  }

  #shown() {
    this.#look();
    this.#say(BLURS[this.#blur] === "none" ? "sayShown" : "sayBlur");
  }

  async #fetched() {
    // The number keeps a browser from showing what it still has: each look is asked for, and noted.
    const place = `${this.dataset.clear}&n=${this.#asked}`;
    if (this.#first.localName === "img") {
      const picture = new Image();
      picture.alt = this.#first.alt;
      picture.src = place;
      await picture.decode();
      return picture;
    }
    const answer = await fetch(place);
    if (!answer.ok) throw new Error(answer.status);
    const text = this.#first.cloneNode(true);
    text.textContent = await answer.text();
    return text;
  }

  #look() {
    this.dataset.blur = this.#clear ? BLURS[this.#blur] : BLURS[0];
    this.dataset.size = SIZES[this.#size];
    this.toggleAttribute("data-colour", this.#colour);
    this.#first.hidden = this.#clear !== null;
    this.#buttons.colour?.setAttribute("aria-pressed", String(this.#colour));
  }

  #say(words) {
    this.#status.textContent = this.dataset[words];
  }

  #count(seconds) {
    const token = this.querySelector("[name=csrfmiddlewaretoken]").value;
    const body = new URLSearchParams({ seconds: String(seconds) });
    // Kept alive, so that it arrives also when the page is closed.
    fetch(this.dataset.seen, { method: "POST", keepalive: true, headers: { "X-CSRFToken": token }, body }).catch(() => {});
  }
}

customElements.define("blurred-evidence", BlurredEvidence);
