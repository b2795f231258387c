// Asks the browser for a wallet's answer where it can. `wait.js` waits for one that comes another way.
(() => {
  "use strict";
  const form = document.getElementById("wallet");
  const ask = document.getElementById("wallet-browser");
  const silent = document.getElementById("wallet-silent");

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
})();
