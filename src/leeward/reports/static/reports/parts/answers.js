// What a child said and what the page knows, as it is shown and as it is sent. Loaded when somebody presses the button.

const NEVER_CAPTURED = "sexual_child";
const LONGEST_ADDRESS = 2048; // characters
const LONGEST_BROWSER = 300;
const USUAL = { Edg: "Edge", OPR: "Opera", SamsungBrowser: "Samsung Internet", FxiOS: "Firefox", CriOS: "Chrome", CrOS: "ChromeOS", "Mac OS": "macOS" };
const UNWRITABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g; // Control characters, which come with pasted words.

/** Without what is empty: what nobody said is not sent. */
export function filled(values) {
  const says = (value) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
  return Object.fromEntries(Object.entries(values).filter(([, value]) => says(value)));
}

export const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

export const browser = () => navigator.userAgent.slice(0, LONGEST_BROWSER);

/** What a child knows its browser by, such as "Chrome (Linux)", which reads alike in every language; the whole line where it is none of the usual ones. */
export function browserName() {
  const line = browser();
  const first = (...names) => names.find((name) => line.includes(name));
  const name = first("Edg", "OPR", "SamsungBrowser", "Firefox", "FxiOS", "CriOS", "Chrome", "Safari");
  const system = first("Android", "iPhone", "iPad", "Windows", "CrOS", "Mac OS", "Linux");
  return name && system ? `${USUAL[name] ?? name} (${USUAL[system] ?? system})` : line;
}

/** The answers of one report. They live in memory only. */
export class Answers {
  reason = ""; nature = ""; words = ""; pictures = []; sendsActions = false;
  isBare = false; // Without what the provider wrote into its page, where Leeward refused it.
  seenAt = new Date();
  #element; #language;

  constructor(element, { language, actions }) {
    this.#element = element;
    this.#language = language;
    this.actions = [...actions];
  }

  /** Sexual content that shows a child is never captured, uploaded or previewed. */
  get isNeverCaptured() {
    return this.nature === NEVER_CAPTURED;
  }

  /** Forget the pictures at once where there must be none. */
  is(nature) {
    this.nature = nature;
    if (this.isNeverCaptured) this.pictures = [];
  }

  get address() {
    const address = this.#element.dataset.pageUrl || location.href;
    return address.length > LONGEST_ADDRESS ? address.split(/[?#]/)[0] : address;
  }

  get item() {
    const { provider, itemId, itemKind, authorId, conversationId } = this.#element.dataset;
    if (!provider || !itemId || this.isBare) return null;
    return filled({ provider, id: itemId, kind: itemKind, author_id: authorId, conversation_id: conversationId });
  }

  /** How the plain page is told what it is about. */
  get query() {
    const { address, item } = this;
    return new URLSearchParams({ url: address, ...(item && { provider: item.provider, item: item.id }) });
  }

  /** What is kept while somebody answers. */
  half(band) {
    const { reason, nature, words, address, item } = this;
    const said = words.replace(UNWRITABLE, "").trim(); // Also where it is empty: words can be taken back.
    return { ...filled({ reason, nature, band, page_url: address, item, language: this.#language }), words: said };
  }

  /** What is sent at the end. */
  whole(band) {
    const surroundings = {
      time_zone: timeZone(),
      browser: browser(),
      seen_at: this.seenAt.toISOString(),
      actions: this.sendsActions && this.actions,
    };
    const pictures = this.isNeverCaptured ? [] : this.pictures.map(({ kind, data }) => ({ kind, data }));
    const context = this.isBare ? [] : (this.#element.dataset.context ?? "").split(/[\s,]+/).filter(Boolean);
    return filled({ ...this.half(band), surroundings: filled(surroundings), pictures, context });
  }
}
