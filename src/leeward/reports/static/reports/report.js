// <leeward-report>: the misuse button for the page of any provider.
//
//   <script type="module" src="https://leeward.example/report.js"></script>
//   <leeward-report data-provider="harbour" data-item-id="42" data-item-kind="photo">
//     <a href="https://leeward.example/report/">Report</a>
//   </leeward-report>
//
// The link inside is shown when scripts are off. The host page's content security policy needs Leeward's origin in
// `script-src` and `connect-src`, and nothing else: styles are a constructed sheet, pictures are drawn as elements,
// and no text is ever parsed as HTML (so `require-trusted-types-for 'script'` is fine too).

const ORIGIN = new URL(import.meta.url).origin;
const WORDS_LIMIT = 4000; // characters
const ANSWER_WITHIN_MS = 15_000;
const REASONS = ["scares", "bothers", "not_allowed"];

// Every text is read by a child of nine: short sentences, no official words.
// Native speakers must check mn, fr, es, ar, ru and zh before a release: the team translated them itself.
const TEXTS = {
  en: {
    report: "Report", close: "Close", back: "Back", send: "Send", wrong: "What is wrong?",
    scares: "Something here scares me", bothers: "Someone is bothering me", not_allowed: "I think this is not allowed",
    danger: "Someone is in danger", call: "Call your emergency number.", talk: "You can talk to a helpline:",
    helpline: "Find a helpline", also: "I want to report it too",
    more: "Do you want to say more?", empty: "You can leave this empty.", page: "We also send the address of this page:",
    sending: "We are sending it.", thanks: "Thank you. We have your report.",
    keep: "Keep this code. With it you can see what we did.",
    copy: "Copy the code", copied: "The code is copied.", selected: "The code is marked. Copy it, or write it down.",
    look: "See what we did", failed: "We could not send it.", retry: "Try again",
    retry_how: "Your words are still here. Try again.", wait_how: "Too many people report right now. Wait one minute. Then try again.",
    plain_how: "If it fails again, use the other page.", plain: "Open the other page",
  },
  mn: {
    report: "Мэдэгдэх", close: "Хаах", back: "Буцах", send: "Илгээх", wrong: "Юу болсон бэ?",
    scares: "Энд намайг айлгах зүйл байна", bothers: "Хэн нэгэн намайг зовоож байна", not_allowed: "Үүнийг хориглосон гэж бодож байна",
    danger: "Хэн нэгэн аюулд орсон", call: "Яаралтай тусламжийн дугаар руу залга.", talk: "Тусламжийн утсаар ярьж болно:",
    helpline: "Тусламжийн утас олох", also: "Би бас мэдэгдэхийг хүсэж байна",
    more: "Өөр юм хэлэх үү?", empty: "Хоосон үлдээж болно.", page: "Бид энэ хуудасны хаягийг бас илгээнэ:",
    sending: "Илгээж байна.", thanks: "Баярлалаа. Бид мэдээллийг чинь авлаа.",
    keep: "Энэ кодыг хадгал. Кодоор бид юу хийснийг харна.",
    copy: "Кодыг хуулах", copied: "Кодыг хууллаа.", selected: "Кодыг тэмдэглэлээ. Хуулах эсвэл бичиж ав.",
    look: "Бид юу хийснийг харах", failed: "Илгээж чадсангүй.", retry: "Дахин оролдох",
    retry_how: "Чиний бичсэн үг хэвээрээ байна. Дахин оролд.", wait_how: "Одоо олон хүн мэдэгдэж байна. Нэг минут хүлээгээд дахин оролд.",
    plain_how: "Дахиад болохгүй бол өөр хуудсыг ашигла.", plain: "Өөр хуудсыг нээх",
  },
  fr: {
    report: "Signaler", close: "Fermer", back: "Retour", send: "Envoyer", wrong: "Qu’est-ce qui ne va pas ?",
    scares: "Quelque chose ici me fait peur", bothers: "Quelqu’un m’embête", not_allowed: "Je crois que c’est interdit",
    danger: "Quelqu’un est en danger", call: "Appelle le numéro d’urgence.", talk: "Tu peux parler à une ligne d’aide :",
    helpline: "Trouver une ligne d’aide", also: "Je veux aussi le signaler",
    more: "Veux-tu en dire plus ?", empty: "Tu peux laisser vide.", page: "Nous envoyons aussi l’adresse de cette page :",
    sending: "Nous l’envoyons.", thanks: "Merci. Nous avons ton signalement.",
    keep: "Garde ce code. Avec lui, tu peux voir ce que nous avons fait.",
    copy: "Copier le code", copied: "Le code est copié.", selected: "Le code est marqué. Copie-le ou écris-le.",
    look: "Voir ce que nous avons fait", failed: "L’envoi n’a pas marché.", retry: "Réessayer",
    retry_how: "Tes mots sont encore là. Réessaie.", wait_how: "Beaucoup de gens signalent. Attends une minute. Puis réessaie.",
    plain_how: "Si ça ne marche toujours pas, prends l’autre page.", plain: "Ouvrir l’autre page",
  },
  es: {
    report: "Avisar", close: "Cerrar", back: "Atrás", send: "Enviar", wrong: "¿Qué pasa?",
    scares: "Algo aquí me da miedo", bothers: "Alguien me molesta", not_allowed: "Creo que esto no está permitido",
    danger: "Alguien está en peligro", call: "Llama al número de emergencia.", talk: "Puedes hablar con una línea de ayuda:",
    helpline: "Buscar una línea de ayuda", also: "También quiero avisar",
    more: "¿Quieres decir más?", empty: "Puedes dejarlo vacío.", page: "También enviamos la dirección de esta página:",
    sending: "Lo estamos enviando.", thanks: "Gracias. Tenemos tu aviso.",
    keep: "Guarda este código. Con él puedes ver qué hicimos.",
    copy: "Copiar el código", copied: "El código está copiado.", selected: "El código está marcado. Cópialo o escríbelo.",
    look: "Ver qué hicimos", failed: "No se pudo enviar.", retry: "Intentar otra vez",
    retry_how: "Tus palabras siguen aquí. Inténtalo otra vez.", wait_how: "Ahora avisa mucha gente. Espera un minuto. Luego inténtalo otra vez.",
    plain_how: "Si falla otra vez, usa la otra página.", plain: "Abrir la otra página",
  },
  ar: {
    report: "بلّغ", close: "إغلاق", back: "رجوع", send: "إرسال", wrong: "ما المشكلة؟",
    scares: "شيء هنا يخيفني", bothers: "شخص ما يضايقني", not_allowed: "أظن أن هذا ممنوع",
    danger: "شخص ما في خطر", call: "اتصل برقم الطوارئ.", talk: "يمكنك التحدث مع خط المساعدة:",
    helpline: "ابحث عن خط مساعدة", also: "أريد أن أبلّغ أيضًا",
    more: "هل تريد أن تقول المزيد؟", empty: "يمكنك تركه فارغًا.", page: "نرسل أيضًا عنوان هذه الصفحة:",
    sending: "نحن نرسله الآن.", thanks: "شكرًا لك. وصلنا بلاغك.",
    keep: "احتفظ بهذا الرمز. به ترى ماذا فعلنا.",
    copy: "انسخ الرمز", copied: "تم نسخ الرمز.", selected: "الرمز محدد. انسخه أو اكتبه.",
    look: "انظر ماذا فعلنا", failed: "لم نتمكن من الإرسال.", retry: "حاول مرة أخرى",
    retry_how: "كلماتك ما زالت هنا. حاول مرة أخرى.", wait_how: "كثيرون يبلّغون الآن. انتظر دقيقة ثم حاول مرة أخرى.",
    plain_how: "إذا لم ينجح مرة أخرى، استخدم الصفحة الأخرى.", plain: "افتح الصفحة الأخرى",
  },
  ru: {
    report: "Сообщить", close: "Закрыть", back: "Назад", send: "Отправить", wrong: "Что случилось?",
    scares: "Что-то здесь меня пугает", bothers: "Кто-то мне мешает", not_allowed: "Мне кажется, это запрещено",
    danger: "Кто-то в опасности", call: "Позвони по номеру экстренной помощи.", talk: "Можно поговорить с телефоном доверия:",
    helpline: "Найти телефон доверия", also: "Я хочу и сообщить",
    more: "Хочешь рассказать больше?", empty: "Можно ничего не писать.", page: "Мы также отправим адрес этой страницы:",
    sending: "Отправляем.", thanks: "Спасибо. Мы получили сообщение.",
    keep: "Сохрани этот код. По нему видно, что мы сделали.",
    copy: "Скопировать код", copied: "Код скопирован.", selected: "Код выделен. Скопируй или запиши его.",
    look: "Посмотреть, что мы сделали", failed: "Не получилось отправить.", retry: "Попробовать ещё раз",
    retry_how: "Твои слова ещё здесь. Попробуй ещё раз.", wait_how: "Сейчас сообщений очень много. Подожди минуту. Потом попробуй ещё раз.",
    plain_how: "Если снова не выйдет, открой другую страницу.", plain: "Открыть другую страницу",
  },
  zh: {
    report: "举报", close: "关闭", back: "返回", send: "发送", wrong: "出了什么事？",
    scares: "这里有东西让我害怕", bothers: "有人在烦我", not_allowed: "我觉得这是不允许的",
    danger: "有人有危险", call: "请打紧急电话。", talk: "你可以和求助热线谈谈：",
    helpline: "查找求助热线", also: "我也想举报",
    more: "你还想说什么吗？", empty: "可以不写。", page: "我们也会发送这个网页的地址：",
    sending: "正在发送。", thanks: "谢谢你。我们收到了。",
    keep: "请保存这个号码。用它可以看到我们做了什么。",
    copy: "复制号码", copied: "号码已复制。", selected: "号码已选中。请复制或写下来。",
    look: "看看我们做了什么", failed: "没有发送成功。", retry: "再试一次",
    retry_how: "你写的话还在。请再试一次。", wait_how: "现在举报的人很多。请等一分钟，再试一次。",
    plain_how: "如果还是不行，请用另一个网页。", plain: "打开另一个网页",
  },
};

// Drawn pictures: each entry is [element, attributes]; "ink" strokes, "tint" fills softly (see STYLE).
const PICTURES = {
  cross: [["path", { class: "ink", d: "m6 6 12 12M18 6 6 18" }]],
  flag: [["path", { class: "ink", d: "M5 22V3" }], ["path", { class: "solid", d: "M5 3.5c4-2.5 7 2 14-.5-2 3-2 6 0 9-7 2.5-10-2-14 .5Z" }]],
  scares: [ // A worried face: raised brows, wide eyes, a wavering mouth.
    ["circle", { class: "ink tint", cx: 32, cy: 34, r: 23 }],
    ["circle", { class: "ink eye", cx: 23.5, cy: 32, r: 5 }], ["circle", { class: "ink eye", cx: 40.5, cy: 32, r: 5 }],
    ["circle", { class: "solid", cx: 24.5, cy: 33, r: 1.8 }], ["circle", { class: "solid", cx: 39.5, cy: 33, r: 1.8 }],
    ["path", { class: "ink", d: "M16 25c2-3 5-4.5 8-5M48 25c-2-3-5-4.5-8-5M21 47c2-3 4-3 5.5-.5s3.5 2.5 5.5 0 4-2.5 5.5 0 3.5 2.5 5.5-.5" }],
  ],
  bothers: [ // A jagged shout from the side at somebody small.
    ["path", { class: "ink tint", d: "M6 9h34v22H25l-3 8-4-8H6Z" }],
    ["path", { class: "ink", d: "m13 24 5-8 4 7 5-8 5 8" }],
    ["circle", { class: "ink tint", cx: 46, cy: 40, r: 8 }],
    ["path", { class: "ink", d: "M32 60c1-9 6-12 14-12s13 3 14 12M43 43.5c1.5-2 4.5-2 6 0" }],
    ["circle", { class: "solid", cx: 43.5, cy: 39, r: 1.4 }], ["circle", { class: "solid", cx: 48.5, cy: 39, r: 1.4 }],
  ],
  not_allowed: [ // A raised hand would not be kind in every culture, so: a page with a stop ring.
    ["path", { class: "ink tint", d: "M10 8h32l10 10v38H10Z" }], ["path", { class: "ink", d: "M42 8v10h10M18 22h14M18 30h8" }],
    ["circle", { class: "ink eye", cx: 39, cy: 41, r: 13 }], ["path", { class: "ink", d: "m30 50 18-18" }],
  ],
  danger: [ // A lifebuoy.
    ["circle", { class: "ink tint", cx: 12, cy: 12, r: 9 }], ["circle", { class: "ink eye", cx: 12, cy: 12, r: 3.6 }],
    ["path", { class: "ink", d: "m5.7 5.7 3.7 3.7m5.2 5.2 3.7 3.7m0-12.6-3.7 3.7m-5.2 5.2-3.7 3.7" }],
  ],
};

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host { all: initial; display: contents; color-scheme: light dark; }
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
.root {
  --ink: #12303a; --soft: #47626b; --face: #fff; --line: #5d7a82; --accent: #0b6a75; --on: #fff; --tint: #d9eeee;
  --bad: #a12b1d; --focus: #0b4fb3;
  color: var(--ink); font: 112.5%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  .root { --ink: #e4f0f1; --soft: #a6bec4; --face: #14262e; --line: #7f9ba3; --accent: #74d2d0; --on: #06282c;
    --tint: #17414a; --bad: #ffaa9c; --focus: #9cc8ff; }
}
button, a.button {
  display: inline-flex; align-items: center; justify-content: center; gap: .5em; min-block-size: 2.75em; margin: 0;
  padding: .4em 1.1em; border: 2px solid var(--accent); border-radius: .6em; background: var(--accent); color: var(--on);
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
}
:focus-visible { outline: 3px solid var(--focus); outline-offset: 3px; }
.quiet, a.button.quiet { border-color: var(--line); background: var(--face); color: var(--ink); }
.open {
  position: fixed; inset-block-end: max(1rem, env(safe-area-inset-bottom)); inset-inline-end: 1rem; z-index: 2147483000;
  min-block-size: 48px; border-color: var(--face); border-radius: 2em; box-shadow: 0 2px 10px rgb(0 0 0 / 30%);
}
.open svg { inline-size: 1.3em; block-size: 1.3em; }
dialog {
  inline-size: min(40rem, 100vw - 1.5rem); max-inline-size: none; max-block-size: calc(100dvh - 1.5rem); margin: auto;
  padding: 1.1em; overflow: auto; overscroll-behavior: contain; border: 1px solid var(--line); border-radius: .8em;
  background: var(--face); color: var(--ink); overflow-wrap: break-word;
}
dialog::backdrop { background: rgb(5 20 26 / 65%); }
.top { display: flex; align-items: start; justify-content: space-between; gap: .8em; margin-block-end: .8em; }
.top .quiet { flex: none; min-inline-size: 2.75em; padding-inline: .7em; }
.top .quiet svg { inline-size: 1.2em; block-size: 1.2em; color: inherit; }
bdi { overflow-wrap: anywhere; }
h2 { flex: 1; min-inline-size: 0; margin: .3em 0 0; font-size: 1.35em; line-height: 1.25; }
h2:focus { outline: none; }
p { margin: 0 0 .8em; }
.choices { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5em), 1fr)); gap: .8em; }
.choice { flex-direction: column; justify-content: start; padding: .9em .6em; border-color: var(--line); background: var(--face); color: var(--ink); }
.choice svg { inline-size: 4.6em; block-size: 4.6em; }
.danger { inline-size: 100%; justify-content: start; text-align: start; margin-block-start: .9em; border-color: var(--line); background: var(--tint); color: var(--ink); }
.danger svg { inline-size: 1.8em; block-size: 1.8em; }
.choice:hover, .quiet:hover { background: var(--tint); }
svg { flex: none; color: var(--accent); }
.open svg { color: inherit; }
.ink { fill: none; stroke: currentColor; stroke-width: 2.6; stroke-linecap: round; stroke-linejoin: round; }
svg.small .ink { stroke-width: 1.8; }
.tint { fill: var(--tint); }
.eye { fill: var(--face); }
.solid { fill: currentColor; }
textarea {
  display: block; inline-size: 100%; min-block-size: 6em; margin: .3em 0 .8em; padding: .5em .7em; resize: vertical;
  border: 2px solid var(--line); border-radius: .35em; background: var(--face); color: var(--ink); font: inherit;
}
.soft { color: var(--soft); font-size: .9em; }
.big { font-size: 1.2em; font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: .7em; margin-block-start: .9em; }
.code {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(4.4ch, max-content)); justify-content: center; gap: .15em .7em;
  margin: 0 0 .6em; padding: .5em; border: 2px dashed var(--accent); border-radius: .5em; direction: ltr; user-select: all;
  font: 700 1.7em/1.4 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
.live { margin: .8em 0 0; }
.live:empty { margin: 0; }
.failed { color: var(--bad); font-weight: 600; }
button[aria-disabled="true"] { opacity: .6; cursor: progress; }
@media (max-width: 26rem) {
  .top .quiet span { position: absolute; overflow: hidden; inline-size: 1px; block-size: 1px; clip-path: inset(50%); }
  .choice { flex-direction: row; text-align: start; }
  .choice svg { inline-size: 3.6em; block-size: 3.6em; }
}
@media (prefers-reduced-motion: no-preference) { button { transition: background-color .12s; } }
@media (forced-colors: active) { .open, button, .code, dialog { border: 2px solid ButtonText; } svg { color: ButtonText; } }
@media print { .root { display: none; } }
`);

/** Make one element; `children` are elements or strings, and strings stay text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function picture(name, size) {
  const SVG = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${size} ${size}`);
  drawing.setAttribute("aria-hidden", "true");
  if (size < 64) drawing.setAttribute("class", "small");
  for (const [tag, attributes] of PICTURES[name]) {
    const part = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    drawing.append(part);
  }
  return drawing;
}

/** The reporter's language as [tag that is sent, key of TEXTS]: the element's, else the page's, else the browser's. */
function language(element) {
  const wanted = [element.closest("[lang]")?.lang, ...navigator.languages];
  for (const tag of wanted) {
    const key = tag?.toLowerCase().split("-")[0];
    if (key && key in TEXTS) return key;
  }
  return "en";
}

/** A version 4 UUID; `crypto.randomUUID` is missing on host pages that are served over plain HTTP. */
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

class ReportRefused extends Error {
  constructor(status) {
    super(`Leeward answered ${status}; show the way to try again.`);
    this.status = status;
  }
}

/** Send one report and answer its receipt. Sending the same body with the same key twice is one report. */
async function send(body, key) {
  const answer = await fetch(`${ORIGIN}/api/v1/reports`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body,
    credentials: "omit",
    referrerPolicy: "no-referrer",
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  if (answer.status !== 201 && answer.status !== 200) throw new ReportRefused(answer.status);
  const { receipt } = await answer.json();
  if (typeof receipt !== "string" || !receipt) throw new ReportRefused(answer.status);
  return receipt;
}

class LeewardReport extends HTMLElement {
  #text; #language; #root; #open; #dialog; #title; #screen; #live;
  #reason = ""; #words = ""; #body = ""; #key = "";
  #sending = false; #unseen = false;

  connectedCallback() {
    if (this.shadowRoot) return;
    this.#language = language(this);
    this.#text = TEXTS[this.#language];
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [STYLE];
    this.#build();
    shadow.append(this.#root);
  }

  #build() {
    const t = this.#text;
    this.#open = make("button", { type: "button", class: "open", "aria-haspopup": "dialog", onclick: () => this.#start() }, picture("flag", 24), t.report);
    this.#title = make("h2", { id: "title", tabindex: "-1" });
    this.#screen = make("div");
    this.#live = make("p", { class: "live", role: "status" });
    const close = make("button", { type: "button", class: "quiet", onclick: () => this.#dialog.close() }, picture("cross", 24), make("span", {}, t.close));
    this.#dialog = make("dialog", { "aria-labelledby": "title" }, make("div", { class: "top" }, this.#title, close), this.#screen, this.#live);
    this.#dialog.addEventListener("close", () => this.#closed());
    const dir = this.#language === "ar" ? "rtl" : "ltr";
    this.#root = make("div", { class: "root", lang: this.#language, dir }, this.#open, this.#dialog);
  }

  /** A report under way, or a receipt that nobody has seen, is shown again; anything else starts afresh. */
  #start() {
    if (!this.#sending && !this.#unseen) this.#choose();
    this.#dialog.showModal();
    this.#unseen = false;
    this.#title.focus();
  }

  /** Words are forgotten on closing: the next person at this screen must not read them. */
  #closed() {
    if (!this.#sending && !this.#unseen) this.#forget();
    this.#open.focus();
  }

  #forget() {
    this.#reason = this.#words = this.#body = this.#key = "";
    this.#screen.replaceChildren();
  }

  #show(title, ...children) {
    this.#title.textContent = title;
    this.#screen.replaceChildren(...children);
    this.#live.replaceChildren();
    this.#dialog.scrollTop = 0;
    if (this.#dialog.open) this.#title.focus(); // A screen reader reads the new heading; no keyboard pops up on a phone.
    else this.#unseen = true;
  }

  #button(label, onclick, quiet = "") {
    return make("button", { type: "button", class: quiet, onclick }, label);
  }

  #link(label, href, looks) {
    return make("a", { href, class: looks, target: "_blank", rel: "noopener noreferrer" }, label);
  }

  #choose() {
    const t = this.#text;
    const choices = REASONS.map((reason) =>
      make("button", { type: "button", class: "choice", onclick: () => this.#ask(reason) }, picture(reason, 64), make("span", {}, t[reason])));
    const danger = make("button", { type: "button", class: "danger", onclick: () => this.#help() }, picture("danger", 24), t.danger);
    this.#show(t.wrong, make("div", { class: "choices" }, ...choices), danger);
    this.#unseen = false;
  }

  /** Help comes before any question; reporting is still offered after it. */
  #help() {
    const t = this.#text;
    this.#show(t.danger,
      make("p", { class: "big" }, t.call),
      make("p", {}, t.talk),
      make("p", {}, this.#link(t.helpline, `${ORIGIN}/h/`, "button")),
      make("div", { class: "row" }, this.#button(t.also, () => this.#ask("danger"), "quiet"), this.#button(t.back, () => this.#choose(), "quiet")));
  }

  #ask(reason) {
    const t = this.#text;
    this.#reason = reason;
    const words = make("textarea", { maxlength: WORDS_LIMIT, "aria-labelledby": "title", "aria-describedby": "empty", dir: "auto" });
    words.value = this.#words;
    words.addEventListener("input", () => { this.#words = words.value; });
    this.#show(t.more,
      make("p", { class: "soft", id: "empty" }, t.empty),
      words,
      make("p", { class: "soft" }, t.page, " ", make("bdi", {}, this.#address())),
      make("div", { class: "row" },
        this.#button(t.send, (event) => this.#deliver(event.currentTarget)),
        this.#button(t.back, () => { if (!this.#sending) this.#choose(); }, "quiet")));
  }

  #address() {
    return this.dataset.pageUrl || location.href;
  }

  #report() {
    const { itemId, itemKind, authorId, provider } = this.dataset;
    const item = itemId ? { provider: provider ?? "", id: itemId, kind: itemKind ?? "", author_id: authorId ?? null } : null;
    return JSON.stringify({ reason: this.#reason, page_url: this.#address(), item, words: this.#words.trim(), language: this.#language });
  }

  async #deliver(button) {
    if (this.#sending) return;
    const body = this.#report();
    if (body !== this.#body) [this.#body, this.#key] = [body, newKey()]; // The same words again are a retry, not a second report.
    this.#sending = true;
    button.setAttribute("aria-disabled", "true");
    this.#live.textContent = this.#text.sending;
    let after;
    try {
      const receipt = await send(body, this.#key);
      after = () => this.#receipt(receipt);
    } catch (error) {
      // `fetch` and `json` reject with many kinds of error, and each means the same to a child: try again.
      after = () => this.#failed(error.status === 429);
    }
    this.#sending = false;
    after();
  }

  #receipt(receipt) {
    const t = this.#text;
    const groups = receipt.replace(/[\s-]/g, "").match(/.{1,4}/g).flatMap((group) => [make("span", {}, group), " "]);
    const code = make("p", { class: "code" }, ...groups);
    const copy = this.#button(t.copy, () => this.#copy(code), "");
    this.#show(t.thanks, make("p", {}, t.keep), code,
      make("div", { class: "row" }, copy, this.#link(t.look, `${ORIGIN}/r/`, "button quiet")));
    this.#words = "";
  }

  async #copy(code) {
    const digits = code.textContent.trim();
    try {
      await navigator.clipboard.writeText(digits);
      this.#live.textContent = this.#text.copied;
    } catch {
      // The host page may forbid the clipboard; then the code is marked, so that the usual keys copy it.
      getSelection().selectAllChildren(code);
      this.#live.textContent = this.#text.selected;
    }
  }

  #failed(crowded) {
    const t = this.#text;
    this.#show(t.failed,
      make("p", { class: "failed" }, crowded ? t.wait_how : t.retry_how),
      make("div", { class: "row" },
        this.#button(t.retry, (event) => this.#deliver(event.currentTarget)),
        this.#button(t.back, () => { if (!this.#sending) this.#ask(this.#reason); }, "quiet")),
      make("p", { class: "soft row" }, t.plain_how),
      this.#link(t.plain, `${ORIGIN}/report/?url=${encodeURIComponent(this.#address())}`, "button quiet"));
  }
}

if (!customElements.get("leeward-report")) customElements.define("leeward-report", LeewardReport);
