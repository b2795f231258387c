// The page of a case looks again while something is owed, and what depends on it is drawn anew. Whoever is in one of those
// parts, on a button or in the middle of a word, would lose their place: so it waits until they are out of there.

const PARTS = "#follows, #clocks-part, [id^=follows-part-]";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "follows" && document.activeElement?.closest(PARTS)) event.preventDefault();
});
