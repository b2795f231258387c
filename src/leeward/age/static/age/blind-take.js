// Makes blind tokens: draws them here, has them signed unseen, and keeps them in this browser.
import { drawToken, finishToken, fromBase64url, toBase64url } from "./blind.js";
import { check } from "./blind-register.js";
import { keep, kept } from "./passes.js";

const form = document.getElementById("take"); // Gone where no more tokens are signed for this result.
const state = Object.fromEntries(
  ["making", "failed"].map((name) => [name, document.querySelector(`#take [data-${name}]`)]),
);

function say(which) {
  for (const [name, line] of Object.entries(state)) line.hidden = name !== which;
}

function count() {
  document.getElementById("count").textContent = String(kept().length);
}

/** Return the published key that the page names. One that is not in the list and the register could be for this visitor alone. */
async function published() {
  const answer = await fetch(form.dataset.keys, { cache: "no-cache", credentials: "omit" });
  const key = (await answer.json()).keys.find((one) => one.kid === form.dataset.kid);
  if (!key) throw new Error("the key is not published");
  await check(key, form.dataset.log);
  return key;
}

async function make() {
  const key = await published();
  const drawn = await Promise.all(Array.from({ length: Number(form.dataset.number) }, () => drawToken(key)));
  const body = new URLSearchParams([["kid", key.kid], ...drawn.map((one) => ["blinded", toBase64url(one.blinded)])]);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const answer = await fetch(form.action, { method: "POST", body });
  if (!answer.ok) throw new Error("not signed");
  const { signatures } = await answer.json();
  const tokens = await Promise.all(drawn.map((one, at) => finishToken(key, one, fromBase64url(signatures[at]))));
  keep([...kept(), ...tokens]);
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  say("making");
  try {
    await make();
    say("");
    form.hidden = true;
    const done = document.getElementById("taken");
    done.hidden = false;
    done.focus();
  } catch {
    say("failed");
    button.disabled = false;
  }
  count();
});

document.getElementById("script").hidden = true;
document.getElementById("counted").hidden = false;
if (form) form.hidden = false;
count();
