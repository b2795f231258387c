// A picture of what the window shows of the host page, drawn in the browser by modern-screenshot (MIT, see
// ../vendor/VENDOR.txt). Loaded when a child asks for it.
//
// The page is drawn through an SVG image at a `data:` address, so the host page's policy must have `data:` in `img-src`;
// where it does not, `capture` rejects and the child sends the report without a picture. Nothing is fetched: pictures
// are taken from what the page shows already, and one of another origin stays empty unless the page asked for it by CORS.

const WAIT_MS = 3_000; // For pictures of the page that are still on their way.
const DRAW_MS = 60_000; // An old phone and a large page.
const NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
// What moves, what other sites show, and ourselves.
const LEFT_OUT = new Set(["leeward-report", "script", "noscript", "template", "video", "audio", "iframe", "object", "embed"]);

/** Return a canvas as large as the window. Rejects where the page's policy or the browser does not allow it. */
export async function capture() {
  const probe = new Image();
  probe.src = NOTHING;
  await probe.decode(); // Rejects where `img-src` has no `data:`; the library would give an empty picture instead.
  const { createContext, destroyContext, domToCanvas } = await import("./modern-screenshot.js");
  const context = await createContext(document.documentElement, {
    width: innerWidth,
    height: innerHeight,
    style: { transform: `translate(${-scrollX}px, ${-scrollY}px)`, margin: "0", overflow: "visible" },
    backgroundColor: "#fff",
    font: false, // Fonts would have to be fetched.
    timeout: WAIT_MS,
    filter: isShown,
    fetchFn: drawn,
    onCloneEachNode: forgetTyped,
  });
  // The library would make its frame from a string of HTML, which pages with Trusted Types refuse.
  context.sandbox = document.body.appendChild(emptyFrame());
  context.timeout = DRAW_MS;
  const warnings = [];
  context.log.warn = (warning) => warnings.push(warning);
  try {
    const canvas = await domToCanvas(context);
    // Then the library gives a white picture, which would be sent as if the page were empty.
    if (warnings.includes("Failed to drawImage")) throw new Error("The page could not be drawn; send the report without a picture.");
    canvas.removeAttribute("style"); // The library gives it the size of the page.
    return canvas;
  } finally {
    destroyContext(context);
  }
}

function emptyFrame() {
  const frame = document.createElement("iframe");
  Object.assign(frame, { width: 0, height: 0, tabIndex: -1, ariaHidden: "true" });
  Object.assign(frame.style, { visibility: "hidden", position: "fixed" });
  return frame;
}

function isShown(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return true;
  if (LEFT_OUT.has(node.localName)) return false;
  if (node.localName === "use") return (node.getAttribute("href") ?? "").startsWith("#"); // Others are fetched.
  return node.getBoundingClientRect().top <= innerHeight; // What is below the window moves nothing above it.
}

/** What somebody typed is not part of the picture. */
function forgetTyped(clone) {
  if (clone.localName === "input" && !["button", "submit", "reset"].includes(clone.type)) clone.removeAttribute("value");
  if (clone.localName === "textarea" || clone.hasAttribute?.("contenteditable")) clone.textContent = "";
}

/** Return the picture at `address` as a data address, from what the page shows; an empty one where that is not allowed. */
async function drawn(address) {
  try {
    const image = [...document.images].find((one) => one.currentSrc === address || one.src === address) ?? await loaded(address);
    const canvas = document.createElement("canvas");
    canvas.width = Math.min(image.naturalWidth, Math.ceil((image.width || innerWidth) * devicePixelRatio));
    canvas.height = Math.round((canvas.width * image.naturalHeight) / image.naturalWidth);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/webp", 0.9);
  } catch {
    return NOTHING; // It is of another origin, or not there: its place stays empty.
  }
}

/** A background picture of the page's own origin, which the browser has already. */
async function loaded(address) {
  if (new URL(address, document.baseURI).origin !== location.origin) throw new DOMException("Another origin", "SecurityError");
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}
