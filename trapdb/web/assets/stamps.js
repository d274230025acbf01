// Stamps: what is about a source in some images, all of the same size on the sky, with the beam and a scale.
import { link } from "./page.js";
import { number, time } from "./plot.js";

const root = document.documentElement.dataset.root, SIZE = 168, BLINK = 700;

// Fill an element with the stamps of images, rows of { image_id, taken_at, beam_major, ... }; `names` says by image id what
// each shows. What is returned says what could not be shown, or is empty.
export async function stamps(place, source, images, names, { beams, stretch }) {
  const made = images.map((image) => stamp(source, image, names.get(String(image.image_id)), beams, stretch));
  place.replaceChildren(...made.map((one) => one.figure));
  const failed = (await Promise.all(made.map((one) => one.done))).filter(Boolean);
  return failed.length ? `Not shown: ${[...new Set(failed)].join("; ")}.` : "";
}

function stamp(source, image, name, beams, stretch) {
  const figure = document.createElement("figure"), canvas = document.createElement("canvas"), caption = document.createElement("figcaption");
  const dots = window.devicePixelRatio || 1;
  canvas.width = canvas.height = SIZE * dots;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${name}, ${time(image.taken_at)}`);
  const when = link(`/image/${image.image_id}`, time(image.taken_at));
  caption.append(name, document.createElement("br"), when, document.createElement("br"), `${number(image.freq_eff / 1e6)} MHz ${image.stokes}`);
  figure.append(canvas, caption);
  const path = `${root}/data/stamp/${image.image_id}/${source}/${beams}/${stretch}`;
  const done = (async () => {
    const reply = await fetch(path);
    if (!reply.headers.get("Content-Type").startsWith("image/")) {
      figure.hidden = true;
      const { error, trouble } = await reply.json().catch(() => ({}));
      return error ?? trouble ?? `the service answered with ${reply.status}`;
    }
    if (reply.headers.has("Kept-Stamp")) caption.append(document.createElement("br"), "kept: its file is gone");
    draw(canvas, await createImageBitmap(await reply.blob()), image, beams);
    return "";
  })().catch((error) => {
    figure.hidden = true;
    return error.message;
  });
  return { figure, done };
}

function draw(canvas, picture, image, beams) {
  const context = canvas.getContext("2d"), size = canvas.width, major = size / beams, dots = size / SIZE;
  context.fillStyle = "#10151a";
  context.fillRect(0, 0, size, size);
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, size, size);
  context.strokeStyle = context.fillStyle = "#ffd08a";
  context.lineWidth = dots;
  // where the source is: two strokes that leave it free
  context.beginPath();
  context.moveTo(size / 2, size * 0.36);
  context.lineTo(size / 2, size * 0.28);
  context.moveTo(size * 0.64, size / 2);
  context.lineTo(size * 0.72, size / 2);
  context.stroke();
  // the beam; north is up and east to the left, so that a position angle turns to the left
  context.save();
  context.translate(8 * dots + major / 2, size - 8 * dots - major / 2);
  context.rotate((-image.beam_pa * Math.PI) / 180);
  context.beginPath();
  context.ellipse(0, 0, (major / 2) * (image.beam_minor / image.beam_major), major / 2, 0, 0, 2 * Math.PI);
  context.stroke();
  context.restore();
  // a fifth of the stamp or so, in a round number of arcsec
  const wide = image.beam_major * 3600 * beams, power = 10 ** Math.floor(Math.log10(wide / 4)), round = [5, 2, 1].map((m) => m * power).find((v) => v <= wide / 4);
  const long = (round / wide) * size;
  context.fillRect(size - 8 * dots - long, size - 10 * dots, long, 2 * dots);
  context.font = `${11 * dots}px sans-serif`;
  context.textAlign = "right";
  context.fillText(round >= 60 ? `${number(round / 60, 2)}′` : `${number(round, 2)}″`, size - 8 * dots, size - 14 * dots);
}

// Have a button show the stamps of an element one after the other at the same place.
export function blinking(button, place) {
  let clock = null, at = 0;
  function step() {
    const all = [...place.children].filter((one) => !one.hidden);
    all.forEach((one, i) => one.classList.toggle("away", i !== at % all.length));
    at += 1;
  }
  button.addEventListener("click", () => {
    const on = clock === null;
    button.setAttribute("aria-pressed", String(on));
    place.classList.toggle("blinking", on);
    if (on) {
      at = 0;
      step();
      clock = setInterval(step, BLINK);
    } else {
      clearInterval(clock);
      clock = null;
      [...place.children].forEach((one) => one.classList.remove("away"));
    }
  });
}
