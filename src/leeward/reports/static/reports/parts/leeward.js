// What the button says to Leeward's server, and what it hears. Loaded when somebody presses the button.

const ANSWER_WITHIN_MS = 15_000;
const SEND_WITHIN_MS = 60_000; // Pictures go over slow lines, too.
const MOST_PROOFS = 3;

/** Leeward did not take the report. `fields` are the parts of it that it named. */
export class Refused extends Error {
  constructor(status, fields = []) {
    super(`Leeward answered ${status}; show the way to try again.`);
    this.status = status;
    this.fields = fields;
  }
}

/** A version 4 UUID; `crypto.randomUUID` is missing on host pages that are served over plain HTTP. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class Leeward {
  #origin; #code = ""; #halves = Promise.resolve(); #isKeeping = true;

  constructor(origin) {
    this.#origin = origin;
  }

  /** The words of one language and age band. */
  async texts(language, band) {
    const answer = await fetch(`${this.#origin}/report/texts/${language}/${band}.json`, this.#request({ within: ANSWER_WITHIN_MS }));
    if (!answer.ok) throw new Refused(answer.status);
    return answer.json();
  }

  /** Keep what is answered so far, one after the other and in silence: a child never notices that it failed. */
  keep(answers) {
    if (!this.#isKeeping) return;
    this.#halves = this.#halves.then(async () => {
      const body = JSON.stringify({ ...answers, ...(this.#code && { code: this.#code }) });
      const answer = await this.#post("/api/v1/reports/half", body, { within: ANSWER_WITHIN_MS, keepalive: true });
      if (!answer.ok) return;
      const { code } = await answer.json();
      if (typeof code === "string") this.#code = code;
    }).catch(() => {
      this.#isKeeping = false; // The door is closed or far away; what is sent at the end does not need it.
    });
  }

  /** The code under which the answers were kept, once the last of them arrived; empty where none did. */
  async kept() {
    await this.#halves;
    return this.#code;
  }

  forget() {
    this.#code = "";
    this.#halves = Promise.resolve();
    this.#isKeeping = true;
  }

  /** Send one report and answer its receipt. Sending the same body with the same key twice is one report.
   *
   * Where Leeward asks for work first, `onwork` is called once and the work is done.
   */
  async send(body, key, onwork) {
    const headers = { "Idempotency-Key": key };
    for (let proofs = 0; ; proofs += 1) {
      const answer = await this.#post("/api/v1/reports", body, { within: SEND_WITHIN_MS, headers });
      if (answer.status === 201 || answer.status === 200) return received(answer);
      const problem = await answer.json().catch(() => ({}));
      if (answer.status !== 429 || typeof problem.challenge !== "string" || proofs === MOST_PROOFS) {
        throw new Refused(answer.status, (problem.errors ?? []).map((error) => String(error.field)));
      }
      onwork();
      const { solve } = await import("./proof.js");
      headers["Leeward-Proof"] = await solve(problem.challenge, problem.bits);
    }
  }

  #post(path, body, { within, headers = {}, keepalive = false }) {
    const request = this.#request({ within, headers: { "Content-Type": "application/json", ...headers } });
    return fetch(this.#origin + path, { ...request, method: "POST", body, keepalive });
  }

  #request({ within, headers = {} }) {
    return { headers, credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(within) };
  }
}

async function received(answer) {
  const { receipt, acknowledgement } = await answer.json();
  if (typeof receipt !== "string" || !receipt) throw new Refused(answer.status);
  return { receipt, acknowledgement: typeof acknowledgement === "string" ? acknowledgement : "" };
}
