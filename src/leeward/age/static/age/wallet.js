// Waits for a wallet's answer, and asks the browser for one where it can. Without this script the last button does the waiting.
(() => {
  "use strict";
  const form = document.getElementById("wallet");
  const ask = document.getElementById("wallet-browser");
  const silent = document.getElementById("wallet-silent");
  const EVERY_MS = 2000;
  const LONGEST_MS = 30 * 60 * 1000;
  const begun = Date.now();

  async function look() {
    if (Date.now() - begun > LONGEST_MS) return;
    if (!document.hidden) {
      try {
        const answer = await fetch(form.dataset.state, { headers: { Accept: "application/json" } });
        if (answer.ok && (await answer.json()).is_answered) {
          form.submit();
          return;
        }
      } catch {
        // Off the network for a moment: looked at again.
      }
    }
    setTimeout(look, EVERY_MS);
  }

  async function askBrowser() {
    silent.hidden = true;
    const request = { deviceRequest: form.dataset.request, encryptionInfo: form.dataset.encryption };
    try {
      const credential = await navigator.credentials.get({
        mediation: "required",
        digital: { requests: [{ protocol: "org-iso-mdoc", data: request }] },
      });
      const data = typeof credential.data === "string" ? JSON.parse(credential.data) : credential.data;
      if (!data || typeof data.response !== "string") throw new TypeError("no response");
      form.elements.browser_answer.value = data.response;
      form.action = form.dataset.brought;
      form.submit();
    } catch {
      silent.hidden = false;
      silent.focus();
    }
  }

  if (form.dataset.request && "DigitalCredential" in window && navigator.credentials) {
    ask.hidden = false;
    ask.addEventListener("click", askBrowser);
  }
  silent.tabIndex = -1;
  document.getElementById("wallet-waits").hidden = false;
  setTimeout(look, EVERY_MS);
})();
