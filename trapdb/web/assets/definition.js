// Storing conditions under a name, as a definition of transients.
import { key, link, say, send } from "./page.js";

const form = document.getElementById("definition");

// `conditions` returns those that are chosen now.
export function storing(dataset, conditions) {
  if (!form) return;
  const { name, description, store } = form.elements, note = form.querySelector("[role=status]"), text = store.textContent;
  let replace = false;
  const first = () => [(replace = false), (store.textContent = text)];
  form.hidden = !key();
  name.addEventListener("input", () => [first(), say(note, "")]);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = name.value.trim();
    try {
      await send(`/definition/${encodeURIComponent(given)}`, { conditions: conditions(), description: description.value.trim() || null, replace });
      say(note, "stored: ");
      note.append(link(`/dataset/${dataset}/candidates?${new URLSearchParams({ definition: given })}`, given));
      first();
    } catch (error) {
      // one more press replaces what is there
      if (error.status === 409) [(replace = true), (store.textContent = "Replace it")];
      say(note, error.message, true);
    }
  });
}
