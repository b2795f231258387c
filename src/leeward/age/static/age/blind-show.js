// Shows a blind token to the site that asks. What it asks for stands behind the hash sign, which no browser sends to anybody:
// #to=https://forum.example/pass&challenge=…&over=16&level=standard
import { written } from "./blind.js";
import { forget } from "./blind-register.js";
import { fitting, keep, kept } from "./passes.js";

const CHALLENGE = /^[A-Za-z0-9_-]{16,100}$/;
const LOOPBACK = new Set(["localhost", "127.0.0.1"]);
const parts = Object.fromEntries(
  ["asked", "nobody", "fits", "none", "failed"].map((name) => [name, document.querySelector(`#passes [data-${name}]`)]),
);

/** Return what a site asks for, or null where nobody does, or not in the right words. */
function read(hash) {
  const asked = new URLSearchParams(hash.slice(1));
  let to;
  try {
    to = new URL(asked.get("to") ?? "");
  } catch {
    return null;
  }
  const age = (name) => (/^\d{1,2}$/.test(asked.get(name) ?? "") ? Number(asked.get(name)) : null);
  const [over, under, challenge] = [age("over"), age("under"), asked.get("challenge") ?? ""];
  const isSafe = to.protocol === "https:" || (to.protocol === "http:" && LOOPBACK.has(to.hostname));
  if (!isSafe || to.username || to.hash || !CHALLENGE.test(challenge) || (over === null) === (under === null)) return null;
  return { to, challenge, over, under, level: asked.get("level") ?? "standard" };
}

function leave(asked, name, value) {
  asked.to.searchParams.set(name, value);
  location.assign(asked.to.href);
}

async function show(asked) {
  parts.failed.hidden = true;
  const token = fitting(asked);
  try {
    const text = await written(token, asked.to.origin, asked.challenge);
    // Gone before it is sent: a token that is shown twice could be known again.
    keep(kept().filter((one) => one.holder !== token.holder));
    leave(asked, "pass", text);
  } catch {
    parts.failed.hidden = false;
  }
}

function draw() {
  const asked = read(location.hash);
  document.getElementById("count").textContent = String(kept().length);
  parts.asked.hidden = asked === null;
  parts.nobody.hidden = asked !== null;
  if (asked === null) return;
  document.getElementById("site").textContent = asked.to.origin;
  document.getElementById("age").textContent = asked.over === null ? `< ${asked.under}` : `${asked.over}+`;
  const fits = fitting(asked) !== null;
  parts.fits.hidden = !fits;
  parts.none.hidden = fits;
  document.getElementById("show").onclick = () => show(asked);
  for (const button of document.querySelectorAll("[data-back]")) button.onclick = () => leave(asked, "error", "no_pass");
}

document.getElementById("throw").addEventListener("click", () => {
  keep([]);
  forget();
  document.getElementById("thrown").hidden = false;
  draw();
});
addEventListener("hashchange", draw);
document.getElementById("script").hidden = true;
document.getElementById("passes").hidden = false;
draw();
