// Where the provider's address is given, unless it was built in.
import { isBuiltFor, originOf, provider } from "./provider.js";

const api = globalThis.browser ?? globalThis.chrome;
const words = (key) => api.i18n.getMessage(key);
const [form, site, said] = ["form", "site", "said"].map((id) => document.getElementById(id));

document.documentElement.lang = words("@@ui_locale").replace("_", "-");
document.documentElement.dir = words("@@bidi_dir");
for (const element of document.querySelectorAll("[data-words]")) {
  element.textContent = words(element.dataset.words) || element.textContent;
}

const known = await provider();
document.getElementById("address").textContent = known ?? "";
document.getElementById("built").hidden = !isBuiltFor;
form.hidden = isBuiltFor;
site.value = known ?? "";

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const origin = originOf(site.value.trim());
  site.setAttribute("aria-invalid", String(origin === null));
  if (origin === null) {
    said.textContent = words("wrong");
    site.focus();
    return;
  }
  // Asked in the press itself: browsers ask for a permission at no other moment.
  const asked = api.permissions.request({ origins: [`https://${new URL(origin).hostname}/*`] });
  asked.then((isAllowed) => keep(origin, isAllowed));
});

async function keep(origin, isAllowed) {
  if (isAllowed) await api.storage.local.set({ site: origin });
  said.textContent = words(isAllowed ? "saved" : "refused");
}
