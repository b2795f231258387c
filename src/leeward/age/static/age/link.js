// A link to an age gate that says where the visitor stands. Without this script it is a plain link and works as well:
//
//   <leeward-age data-in="Go in" data-more="Show your age in a surer way">
//     <a href="/_age/start?to=/adults/">Show your age</a>
//   </leeward-age>
//
// Nothing of the area is in the page: whether it opens, the gate before it decides each time.

const STATES = new Map([[204, "in"], [401, "out"], [403, "more"]]);
const PREFIX = "/_age";

class LeewardAge extends HTMLElement {
  #link = null;
  #words = "";
  #address = "";
  #again = (event) => event.persisted && this.look();

  connectedCallback() {
    this.#link = this.querySelector("a[href]");
    if (!this.#link) return;
    this.#words = this.#link.textContent;
    this.#address = this.#link.getAttribute("href");
    // Back from the age service by the browser's own button, the page is as it was left.
    addEventListener("pageshow", this.#again);
    this.look();
  }

  disconnectedCallback() {
    removeEventListener("pageshow", this.#again);
  }

  /** Ask the gate how the visitor stands, and let the link lead straight in where nothing needs to be shown. */
  async look() {
    const start = new URL(this.#address, location.href);
    const asked = new URLSearchParams(start.searchParams.has("need") ? { need: start.searchParams.get("need") } : {});
    let state = "unknown";
    try {
      state = STATES.get((await fetch(`${PREFIX}/state?${asked}`, { cache: "no-store" })).status) ?? "unknown";
    } catch {
      // Off the network: the link stays what it was.
    }
    this.dataset.state = state;
    const to = start.searchParams.get("to") ?? "/";
    // A path of this very host, as the gate would lead to it.
    const isOwn = new URL(to, location.href).origin === location.origin;
    this.#link.setAttribute("href", state === "in" && isOwn ? to : this.#address);
    this.#link.textContent = this.dataset[state] ?? this.#words;
    this.dispatchEvent(new CustomEvent("leeward-age", { bubbles: true, detail: { state } }));
  }
}

customElements.define("leeward-age", LeewardAge);
