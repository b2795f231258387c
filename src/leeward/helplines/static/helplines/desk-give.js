// Choose messages for the case desk: opened here, and only the chosen ones leave in plain words, on purpose.

import { Words, talkOf } from "./desk-words.js";

export async function showGive(form, line, keyring, signal) {
  const log = form.querySelector("#give-log");
  const count = form.querySelector("#give-count");
  const texts = new Map(); // By place.

  // After a refusal what was chosen is chosen still.
  const before = new Set(JSON.parse(form.elements.chosen.value || "[]").map(({ place }) => place));

  const chosen = () => [...form.querySelectorAll("[data-choose]:checked")]
    .map(({ value }) => ({ place: Number(value), words: texts.get(Number(value)) }));
  const tell = () => {
    const number = chosen().length;
    count.textContent = number ? `${count.dataset.some} ${number}` : count.dataset.none;
    form.elements.chosen.value = JSON.stringify(chosen());
  };
  const words = new Words(form, log, keyring, (item, { place }, text) => {
    form.querySelector("#give-empty").hidden = true;
    if (text === null) return; // What cannot be opened cannot be given.
    texts.set(place, text);
    const label = document.createElement("label");
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", value: place, checked: before.has(place) });
    box.dataset.choose = "";
    label.append(box, ...item.childNodes);
    item.append(label);
    tell();
  });
  const talk = talkOf(form);
  line.addEventListener("message", ({ detail }) => detail.conversation === talk.uid && words.show(detail), { signal });
  form.addEventListener("change", tell, { signal });
  line.follow(talk.uid);
  signal.addEventListener("abort", () => line.forget(talk.uid));
}
