// Who one is to a service in which one can write, and signing in where others reach it. It is asked on each page.
import { ask, keep, key, say, send } from "./page.js";

const get = (id) => document.getElementById(id), dialog = get("sign-in"), form = dialog?.querySelector("form");
// everything on a page may be another's now
const anew = (given) => [keep(given), location.reload()];

async function show() {
  const { user } = key() ? await ask("/session") : { user: null };
  if (key() && user === null) return anew(null); // it is of a service that was stopped, or of too long ago
  get("who-name").textContent = user ?? "";
  if (dialog) [get("open-sign-in").hidden, get("sign-out").hidden] = [user !== null, user === null];
  else get("who-stranger").hidden = user !== null;
}

if (dialog) {
  get("open-sign-in").addEventListener("click", () => dialog.showModal());
  get("sign-out").addEventListener("click", () => send("/session", {}, "DELETE").finally(() => anew(null)));
  dialog.querySelector("[name=cancel]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { user, password } = form.elements, note = form.querySelector("[role=status]");
    say(note, "Signing in …");
    try {
      const answer = await send("/session", { user: user.value, password: password.value });
      anew(answer.key);
    } catch (error) {
      say(note, error.message, true);
    }
    password.value = "";
  });
}
show().catch(() => {});
