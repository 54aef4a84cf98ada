// Opening the page does nothing by itself: programs that look through mails open their links.
import { redeem } from "./redeem.js";

const form = document.querySelector("form");
const button = form.querySelector("button");
const token = new URLSearchParams(location.hash.slice(1)).get("token");

show(token ? "ask" : "invalid");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  const fields = { token, ...Object.fromEntries(new FormData(form)) };
  const section = await redeem({ address: form.dataset.address, fields, fetch: window.fetch.bind(window) });
  button.disabled = false;
  // A used token has no business in the history of a browser that others use too.
  if (section === "done") history.replaceState(null, "", location.pathname);
  show(section);
});

/** The section of this name and, as long as there is something to try again, the form. */
function show(name) {
  const isOver = name === "done" || name === "invalid";
  for (const section of document.querySelectorAll("[data-section]")) section.hidden = section.dataset.section !== name;
  form.hidden = isOver;
  document.querySelector(`[data-section="${name}"]`)?.focus();
}
