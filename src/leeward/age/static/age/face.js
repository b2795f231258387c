// Guesses an age from a face, in this browser alone. What leaves it is one word: yes, no or unsure. No picture is in any form.
(() => {
  "use strict";
  const form = document.getElementById("face");
  const part = (name) => document.getElementById(`face-${name}`);
  const states = ["loading", "looking", "closed", "unread", "broken"];
  const video = part("video");
  const FRAMES = 5;
  const LEAST_FRAMES = 3; // Of a camera. A middle of fewer says little more than one picture.
  const BETWEEN_MS = 250;
  const LONGEST_SIDE_PX = 640; // The models look at less than that.
  const SURE_FACE = 0.5;
  const FINDS_AT_PX = 416;
  let engine; // A promise of the models, fetched once and only when somebody wants this way.

  function say(which) {
    for (const name of states) part(name).hidden = name !== which;
    if (which && part(which).tabIndex === -1) part(which).focus();
  }

  async function load() {
    const found = await import(form.dataset.engine);
    // By the graphics card, or without it. Not by WebAssembly: the policy of this page allows no code that is made here.
    if (!(await found.tf.setBackend("webgl").catch(() => false))) await found.tf.setBackend("cpu");
    await found.tf.ready();
    await found.nets.tinyFaceDetector.loadFromUri(form.dataset.finds);
    await found.nets.ageGenderNet.loadFromUri(form.dataset.guesses);
    return found;
  }

  function drawn(source, width, height) {
    const canvas = document.createElement("canvas");
    const share = Math.min(1, LONGEST_SIDE_PX / Math.max(width, height));
    canvas.width = Math.max(1, Math.round(width * share));
    canvas.height = Math.max(1, Math.round(height * share));
    canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  /** Return the age that one picture shows, or nothing where it does not show exactly one face. The picture is gone afterwards. */
  async function guess(canvas) {
    const found = await engine;
    const options = new found.TinyFaceDetectorOptions({ inputSize: FINDS_AT_PX, scoreThreshold: SURE_FACE });
    const faces = await found.detectAllFaces(canvas, options).withAgeAndGender();
    canvas.width = canvas.height = 0;
    return faces.length === 1 ? [faces[0].age] : [];
  }

  function word(ages, least) {
    if (ages.length < least) return "unsure";
    const middle = ages.sort((one, other) => one - other)[Math.floor(ages.length / 2)];
    const wanted = Number(form.dataset.wanted);
    const buffer = Number(form.dataset.buffer);
    if (middle >= wanted + buffer) return "yes";
    return middle < wanted - buffer ? "no" : "unsure";
  }

  function send(said) {
    form.elements.said.value = said;
    form.submit();
  }

  function close() {
    for (const track of video.srcObject ? video.srcObject.getTracks() : []) track.stop();
    video.srcObject = null;
    video.hidden = part("now").hidden = true;
    part("camera").hidden = !navigator.mediaDevices;
    part("photo").disabled = false;
  }

  async function ready() {
    engine ??= load();
    say("loading");
    try {
      await engine;
      return true;
    } catch {
      engine = undefined; // Off the network for a moment: another press tries it again.
      close();
      say("broken");
      return false;
    }
  }

  async function open() {
    try {
      const size = { width: { ideal: LONGEST_SIDE_PX }, facingMode: "user" };
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: size, audio: false });
      await video.play();
    } catch {
      close();
      say("closed");
      return;
    }
    video.hidden = part("now").hidden = false;
    part("camera").hidden = true;
    if (!(await ready())) return;
    say("");
    part("now").focus();
  }

  async function look() {
    part("now").hidden = part("photo").disabled = true; // One answer at a time.
    if (!(await ready())) return;
    say("looking");
    const ages = [];
    try {
      for (let frame = 1; frame <= FRAMES; frame += 1) {
        ages.push(...(await guess(drawn(video, video.videoWidth, video.videoHeight))));
        part("progress").value = frame / FRAMES;
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
      }
    } catch {
      close();
      say("broken");
      return;
    }
    close();
    send(word(ages, LEAST_FRAMES));
  }

  async function read() {
    const [file] = part("photo").files;
    if (!file) return;
    close();
    let picture;
    try {
      picture = await createImageBitmap(file);
      part("photo").value = ""; // The page holds it no longer, and the same one can be chosen again.
    } catch {
      say("unread");
      return;
    }
    if (!(await ready())) return;
    say("looking");
    try {
      const ages = await guess(drawn(picture, picture.width, picture.height));
      picture.close();
      send(word(ages, 1));
    } catch {
      say("broken");
    }
  }

  part("script").hidden = true;
  part("look").hidden = false;
  part("camera").hidden = !navigator.mediaDevices;
  part("camera").addEventListener("click", open);
  part("now").addEventListener("click", look);
  part("photo").addEventListener("change", read);
  addEventListener("pagehide", close);
})();
