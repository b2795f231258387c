// Pictures that a child adds: chosen from the device, or taken of the page. Loaded when the question about pictures is
// shown, which never happens for sexual content that shows a child. Nothing leaves the browser here.

export const MOST = 3;
const LIMIT_BYTES = 5_000_000;
const JPEG_QUALITY = 0.9;
const PREVIEW_PX = 800;

/** The picture has more bytes than Leeward takes: choose a smaller one. */
export class TooBig extends Error {}

/** A picture is {kind, data, preview}: `data` in base64, `preview` a canvas, which needs no `img-src` of the host page.
 *
 * Rejects with `TooBig`, or with the browser's own error where the file is no picture.
 */
export async function fromFile(file) {
  if (file.size > LIMIT_BYTES) throw new TooBig();
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, PREVIEW_PX / Math.max(bitmap.width, bitmap.height));
  const preview = document.createElement("canvas");
  preview.width = Math.max(1, Math.round(bitmap.width * scale));
  preview.height = Math.max(1, Math.round(bitmap.height * scale));
  preview.getContext("2d").drawImage(bitmap, 0, 0, preview.width, preview.height);
  bitmap.close();
  return { kind: "picture", data: await base64(file), preview };
}

/** Take a picture of what the window shows of the page. Rejects with `TooBig`, or where the page does not allow it. */
export async function fromPage() {
  const { capture } = await import("./capture.js");
  const preview = await capture();
  const blob = await new Promise((resolve) => { preview.toBlob(resolve, "image/jpeg", JPEG_QUALITY); });
  if (!blob) throw new Error("The browser gave no picture; send the report without one.");
  if (blob.size > LIMIT_BYTES) throw new TooBig();
  return { kind: "capture", data: await base64(blob), preview };
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}
