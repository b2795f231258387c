// The dialog of <leeward-report>: one question a screen, three presses from the button to the receipt at the shortest.
// Loaded when somebody presses the button. No text is ever parsed as HTML.

import { Answers, browser, browserName, filled, timeZone } from "./answers.js";
import { Leeward, newKey } from "./leeward.js";
import { PICTURES, STYLE, button, code, link, make, paragraph, row } from "./looks.js";

const WORDS_LIMIT = 4000; // characters
const HALF_WITHIN_MS = 2_000; // So long the last answer that was kept may hold up the report itself.
const REASONS = ["scares", "bothers", "not_allowed"];
const NATURES = {
  scares: ["violence", "sexual", "sexual_child", "self_harm", "hate", "other"],
  bothers: ["bullying", "solicitation", "sextortion", "stalking", "hate", "other"],
  not_allowed: ["sexual", "sexual_child", "violence", "hate", "fraud", "other"],
  danger: ["self_harm", "violence", "solicitation", "sextortion", "sexual_child", "other"],
};
const BANDS = { small: "6-9", middle: "10-12", teen: "13-17", adult: "adult" };

export class Flow {
  #element; #site; #leeward; #text; #band; #dialog; #title; #screen; #live; #answers;
  #body = ""; #key = ""; #code = ""; #proof = ""; #sending = false; #unseen = false;

  /** Build the dialog of one <leeward-report> in its `root`; rejects where its words cannot be loaded. */
  static async on(element, root, site) {
    const flow = new Flow(element, site);
    await flow.#speak(flow.#band || BANDS.middle);
    flow.#build(root);
    return flow;
  }

  constructor(element, site) {
    this.#element = element;
    this.#site = site;
    this.#leeward = new Leeward(site.origin);
    const { band = "" } = element.dataset;
    this.#band = Object.values(BANDS).includes(band) ? band : "";
    this.#forget();
  }

  async #speak(band) {
    this.#text = await this.#leeward.texts(this.#site.language, band);
  }

  #build(root) {
    this.#title = make("h2", { id: "title", tabindex: "-1" });
    this.#screen = make("div");
    this.#live = make("p", { class: "live", role: "status" });
    const close = make("button", { type: "button", class: "quiet", onclick: () => this.#dialog.close() },
      this.#site.draw(PICTURES.cross, 24), make("span", {}, this.#text["button.close"]));
    this.#dialog = make("dialog", { "aria-labelledby": "title", onclose: () => this.#closed() },
      make("div", { class: "top" }, this.#title, close), this.#screen, this.#live);
    const shadow = root.getRootNode();
    shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, STYLE];
    root.append(this.#dialog);
  }

  /** A report under way, or a receipt that nobody has seen, is shown again; anything else starts afresh. */
  open() {
    if (!this.#sending && !this.#unseen) this.#start();
    this.#dialog.showModal();
    this.#unseen = false;
    this.#title.focus();
  }

  #start() {
    this.#forget();
    this.#reason();
    this.#unseen = false;
  }

  /** Words are forgotten on closing: the next person at this screen must not read them. */
  #closed() {
    if (!this.#sending && !this.#unseen) {
      this.#forget();
      this.#screen.replaceChildren();
    }
    this.#dialog.parentNode.querySelector(".open").focus();
  }

  #forget() {
    if (this.#proof) URL.revokeObjectURL(this.#proof);
    this.#body = this.#key = this.#code = this.#proof = "";
    this.#answers = new Answers(this.#element, this.#site);
    this.#leeward.forget();
  }

  #show(title, ...children) {
    this.#title.textContent = title;
    this.#screen.replaceChildren(...children);
    this.#live.replaceChildren();
    this.#dialog.scrollTop = 0;
    if (this.#dialog.open) this.#title.focus(); // A screen reader reads the new heading; no keyboard pops up on a phone.
    else this.#unseen = true;
  }

  #back(screen) {
    return button(this.#text["button.back"], () => { if (!this.#sending) screen(); }, "quiet");
  }

  #next(screen) {
    return button(this.#text["button.next"], () => { if (!this.#sending) screen(); });
  }

  #sendNow() {
    const deliver = (event) => this.#deliver(event.currentTarget);
    return button(this.#text["button.send_now"], deliver, "quiet");
  }

  /** Before anybody can send: what goes to us. */
  #goes() {
    const t = this.#text;
    const parts = [t["shared.page"], ...(this.#answers.item ? [t["shared.item"]] : []), t["shared.time"], t["shared.browser"]];
    const said = `${t["shared.title"]}: ${parts.join(" · ")}. ${t["shared.nothing_else"]} `;
    return make("p", { class: "soft below" }, said, make("bdi", {}, this.#answers.address));
  }

  /** The code under which the answers are kept: closing forgets them here, so it is the way back for whoever stops. */
  #later() {
    const t = this.#text, place = make("div"), way = `${this.#site.origin}/r/`;
    const shown = async () => {
      const kept = details.open ? await this.#leeward.kept() : "";
      const back = make("p", {}, t["later.how"], " ", link(way.replace(/^https?:../, ""), way, ""));
      place.replaceChildren(...(kept ? [back, code(kept)] : [paragraph(t["failed.title"])]));
    };
    const details = make("details", { ontoggle: shown }, make("summary", {}, t["later.title"]), place);
    return details;
  }

  // The screens, in the order in which a child meets them.

  #reason() {
    const t = this.#text;
    const choices = REASONS.map((reason) => {
      const choice = button(t[`reason.${reason}`], () => this.#because(reason), "choice");
      choice.prepend(this.#site.draw(PICTURES[reason], 64));
      return choice;
    });
    const danger = button(t["reason.danger"], () => this.#help(), "danger");
    danger.prepend(this.#site.draw(PICTURES.danger, 24));
    const isKnown = Object.values(BANDS).includes(this.#element.dataset.band);
    const bands = isKnown ? [] : [this.#bands()];
    this.#show(t["reason.title"], make("div", { class: "choices" }, ...choices), danger, ...bands, paragraph(t["shared.kept"], "soft below"));
  }

  #bands() {
    const t = this.#text;
    const choices = Object.entries(BANDS).map(([name, band]) => this.#choice(t[`band.${name}`], band === this.#band, () => this.#read(band)));
    const details = make("details", {}, make("summary", {}, t["band.title"]), paragraph(t["band.why"], "soft"), row(...choices));
    details.open = Boolean(this.#band);
    return details;
  }

  #choice(label, isChosen, onclick) {
    const choice = button(label, onclick, "choice");
    choice.ariaPressed = String(isChosen);
    return choice;
  }

  /** The same screen in the words of another age; where they cannot be loaded, the words stay as they are. */
  async #read(band) {
    try {
      await this.#speak(band);
    } catch {
      return;
    }
    this.#band = band;
    this.#reason();
    this.#screen.querySelector("[aria-pressed=true]").focus();
  }

  /** Help comes before any question; reporting is still offered after it. */
  #help() {
    const t = this.#text, emergency = this.#element.dataset.emergency ?? t["danger.number"];
    const number = emergency ? [make("p", {}, make("a", { class: "button", href: `tel:${emergency.replaceAll(" ", "")}` }, make("bdi", {}, emergency)))] : [];
    this.#show(t["danger.title"], paragraph(t["danger.call"], "big"), ...number, paragraph(t["danger.talk"]),
      make("p", {}, link(t["danger.helpline"], `${this.#site.origin}/h/`, "button")),
      row(button(t["danger.also"], () => this.#because("danger"), "quiet"), this.#back(() => this.#reason())));
  }

  #because(reason) {
    this.#answers.reason = reason;
    if (!NATURES[reason].includes(this.#answers.nature)) this.#answers.is("");
    this.#keep();
    this.#nature();
  }

  #nature() {
    const t = this.#text, { reason, nature } = this.#answers;
    const choices = NATURES[reason].map((one) => this.#choice(t[`nature.${one}`], one === nature, () => this.#is(one)));
    const back = reason === "danger" ? () => this.#help() : () => this.#reason();
    this.#show(t["nature.title"], make("div", { class: "choices plain" }, ...choices),
      row(this.#sendNow(), this.#back(back)), this.#goes(), this.#later());
  }

  #is(nature) {
    if (this.#sending) return;
    this.#answers.is(nature);
    this.#keep();
    if (this.#answers.isNeverCaptured) this.#never();
    else this.#words();
  }

  /** Sexual content that shows a child is never captured, uploaded or shown again: the form says so at once. */
  #never() {
    const t = this.#text;
    this.#show(t["nature.sexual_child"],
      paragraph(t["picture.never"], "big"), paragraph(t["guide.tell"]), paragraph(t["guide.not_your_fault"]),
      row(this.#next(() => this.#words()), this.#sendNow(), this.#back(() => this.#nature())), this.#goes(), this.#later());
  }

  #words() {
    const t = this.#text;
    const words = make("textarea", { maxlength: WORDS_LIMIT, "aria-labelledby": "title", "aria-describedby": "hint", dir: "auto" });
    words.value = this.#answers.words;
    words.addEventListener("input", () => { this.#answers.words = words.value; });
    const { isNeverCaptured } = this.#answers;
    const next = () => { this.#keep(); return isNeverCaptured ? this.#shared() : this.#pictures(); };
    const back = () => (isNeverCaptured ? this.#never() : this.#nature());
    this.#show(t["words.title"], make("p", { class: "soft", id: "hint" }, t["words.hint"]), words,
      row(this.#next(next), this.#sendNow(), this.#back(back)), this.#goes(), this.#later());
  }

  #pictures(said = "") {
    const t = this.#text, { pictures } = this.#answers;
    const without = (picture) => { pictures.splice(pictures.indexOf(picture), 1); this.#pictures(); };
    const shown = pictures.map((picture) =>
      make("figure", {}, picture.preview, row(button(t["picture.remove"], () => without(picture), "quiet"))));
    const capture = button(t["picture.capture"], () => this.#add(capture, (add) => add.fromPage()), "quiet");
    const file = make("input", { type: "file", accept: "image/*", onchange: () => this.#add(choose, (add) => add.fromFile(file.files[0])) });
    const choose = make("label", { class: "button quiet" }, t["picture.choose"], file);
    const fault = make("p", { class: "failed", tabindex: "-1" }, said);
    this.#show(t["picture.title"], paragraph(t[shown.length ? "picture.look" : "picture.hint"], "soft"), ...shown, ...(said ? [fault] : []),
      row(capture, choose), row(this.#next(() => this.#shared()), this.#sendNow(), this.#back(() => this.#words())), this.#goes(), this.#later());
    if (!said) return;
    // Where the press was, and not below the edge of a small screen; the focus lets a screen reader say it.
    fault.focus();
    fault.scrollIntoView({ block: "center" });
  }

  /** Add a picture, or say why not. Nothing leaves the browser before the report is sent. */
  async #add(pressed, take) {
    if (this.#sending || pressed.ariaBusy === "true") return;
    pressed.ariaBusy = "true";
    const { pictures } = this.#answers;
    let add, said = "";
    try {
      add = await import("./pictures.js");
      pictures.push(await take(add));
      pictures.splice(0, pictures.length - add.MOST);
    } catch (error) {
      // The page's policy, the browser and the file can each refuse; a child goes on without the picture.
      said = this.#text[add && error instanceof add.TooBig ? "picture.too_big" : "picture.failed"];
    }
    if (this.#answers.pictures === pictures && pressed.isConnected) this.#pictures(said);
  }

  #shared() {
    const t = this.#text, { item, words, pictures, actions, seenAt, sendsActions } = this.#answers;
    const said = (key, ...values) => [make("dt", {}, t[key]), make("dd", {}, ...values)];
    const inner = (text) => make("bdi", {}, text); // Whatever its direction is, it does not turn the line around.
    const list = make("dl", {}, ...said("shared.page", inner(this.#answers.address)));
    if (item) list.append(...said("shared.item", inner(Object.values(filled({ ...item, provider: "" })).join(" · "))));
    if (words.trim()) list.append(...said("shared.words", inner(words.trim())));
    if (pictures.length) list.append(...said("shared.picture", ...pictures.map((picture) => picture.preview)));
    list.append(...said("shared.time", inner(`${seenAt.toLocaleString(this.#site.language)} (${timeZone()})`)),
      ...said("shared.browser", inner(this.#band === BANDS.teen || this.#band === BANDS.adult ? browser() : browserName())));
    const ask = actions.length ? [this.#asksForActions(actions, sendsActions)] : [];
    this.#show(t["shared.title"], list, ...ask, paragraph(t["shared.nothing_else"], "soft"),
      row(button(t["button.send"], (event) => this.#deliver(event.currentTarget)),
        this.#back(() => (this.#answers.isNeverCaptured ? this.#words() : this.#pictures()))));
  }

  #asksForActions(actions, isTicked) {
    const t = this.#text;
    const tick = make("input", { type: "checkbox", onchange: () => { this.#answers.sendsActions = tick.checked; } });
    tick.checked = isTicked;
    const time = (at) => new Date(at).toLocaleTimeString(this.#site.language);
    const lines = actions.map(({ at, what, where }) => make("li", {}, make("bdi", {}, `${time(at)} ${what} ${where}`)));
    return make("div", {}, make("label", { class: "tick" }, tick, t["shared.actions_ask"]),
      make("details", {}, make("summary", {}, t["shared.actions"]), make("ul", { class: "soft" }, ...lines)));
  }

  // What is sent.

  /** Keep what is said so far, so that a child who stops here is still heard. */
  #keep() {
    this.#leeward.keep(this.#answers.half(this.#band));
  }

  /** The body and its key: the same answers again are a retry, not a second report. */
  async #letter() {
    const answers = JSON.stringify(this.#answers.whole(this.#band));
    if (answers !== this.#body) {
      const late = new Promise((resolve) => { setTimeout(resolve, HALF_WITHIN_MS, ""); });
      [this.#body, this.#key, this.#code] = [answers, newKey(), await Promise.race([this.#leeward.kept(), late])];
    }
    return this.#code ? JSON.stringify({ ...JSON.parse(answers), code: this.#code }) : answers;
  }

  async #deliver(pressed) {
    if (this.#sending) return;
    this.#sending = true;
    pressed?.setAttribute("aria-disabled", "true");
    this.#live.textContent = this.#text["failed.sending"];
    let after;
    try {
      const working = () => { this.#live.textContent = this.#text["failed.working"]; };
      const sent = await this.#leeward.send(await this.#letter(), this.#key, working);
      after = () => this.#receipt(sent);
    } catch (error) {
      // `fetch` and `json` reject with many kinds of error, and each means the same to a child: try again.
      after = this.#afterRefusal(error);
    }
    this.#sending = false;
    after();
  }

  #afterRefusal({ status, fields = [] }) {
    const isAbout = (...names) => status === 422 && fields.some((field) => names.some((name) => field.includes(name)));
    if (isAbout("item", "context") && !this.#answers.isBare) {
      // What the provider wrote into its page is wrong. The child's report must not fail for that: the address is enough.
      this.#answers.isBare = true;
      return () => this.#deliver();
    }
    if (isAbout("code") && this.#code) {
      // What was kept under it is gone; the report stands by itself.
      this.#code = "";
      return () => this.#deliver();
    }
    if (this.#answers.pictures.length && (status === 413 || isAbout("pictures"))) {
      this.#answers.pictures = [];
      return () => this.#pictures(this.#text["picture.failed"]);
    }
    return () => this.#failed(status === 429);
  }

  #receipt({ receipt, acknowledgement }) {
    const t = this.#text, shown = code(receipt);
    const proof = acknowledgement ? [this.#download(t["status.proof"], acknowledgement)] : [];
    this.#answers = new Answers(this.#element, this.#site); // Nothing that was sent stays in this page.
    this.#body = this.#key = this.#code = "";
    this.#show(t["sent.title"], paragraph(t["sent.code"]), shown, paragraph(t["sent.keep"]), paragraph(t["sent.next"]),
      row(button(t["sent.copy"], () => this.#copy(shown)), link(t["sent.look"], `${this.#site.origin}/r/`, "button quiet"), ...proof));
  }

  #download(label, text) {
    this.#proof = URL.createObjectURL(new Blob([text], { type: "application/jose" }));
    return make("a", { class: "button quiet", download: "leeward-proof.jws", href: this.#proof }, label);
  }

  async #copy(shown) {
    try {
      await navigator.clipboard.writeText(shown.textContent.trim());
      this.#live.textContent = this.#text["sent.copied"];
    } catch {
      // The host page may forbid the clipboard; then the code is marked, so that the usual keys copy it.
      getSelection().selectAllChildren(shown);
      this.#live.textContent = this.#text["sent.marked"];
    }
  }

  #failed(isCrowded) {
    const t = this.#text;
    this.#show(t["failed.title"],
      paragraph(t[isCrowded ? "failed.wait_how" : "failed.retry_how"], "failed"),
      row(button(t["failed.retry"], (event) => this.#deliver(event.currentTarget)), this.#back(() => this.#words())),
      paragraph(t["failed.plain_how"], "soft below"),
      link(t["failed.plain"], `${this.#site.origin}/report/?${this.#answers.query}`, "button quiet"));
  }
}
