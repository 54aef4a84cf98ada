// Opening the page does nothing by itself: programs that look through mails open their links.
import { readOrigin, showOrigin } from "./origin.js";
import { redeem } from "./redeem.js";

const form = document.querySelector("form");
const buttons = form.querySelectorAll("button");
const token = new URLSearchParams(location.hash.slice(1)).get("token");

const takesToken = "takesToken" in form.dataset;

const { address, inspection } = form.dataset;

// Another link opened in this tab changes the fragment and nothing else; the page is to be about that one.
window.addEventListener("hashchange", () => location.reload());

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = { ...(takesToken && { token }), ...Object.fromEntries(new FormData(form, event.submitter)) };
  for (const button of buttons) button.disabled = true;
  const outcome = await redeem({ address, fields, fetch: window.fetch.bind(window) });
  for (const button of buttons) button.disabled = false;
  const section = outcome === "done" && fields.requestedBy === "somebody_else" ? "disowned" : outcome;
  // A used token has no business in the history of a browser that others use too.
  if (outcome === "done") history.replaceState(null, "", location.pathname);
  show(section);
});

for (const box of form.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(box.dataset.shows);
  box.addEventListener("change", () => {
    field.type = box.checked ? "text" : "password";
  });
}

await begin();

/** Shows whose the link is or who asked for it, if it works. To look at that changes nothing, whatever opened the page. */
async function begin() {
  if (takesToken && !token) return show("invalid");
  if (!inspection) return show("ask");
  const { section, origin } = await readOrigin({ address: inspection, token, fetch: window.fetch.bind(window) });
  if (origin) showOrigin(origin, { document, language: document.documentElement.lang });
  show(section);
}

/** The section of this name and, as long as there is something to try again, the form. */
function show(name) {
  const isOver = name !== "ask" && !form.querySelector(`[data-section="${name}"]`);
  for (const section of document.querySelectorAll("[data-section]")) section.hidden = section.dataset.section !== name;
  form.hidden = isOver;
  // A refusal says what would do.
  for (const hint of form.querySelectorAll(".hint")) hint.hidden = name.startsWith("password-");
  document.querySelector(`[data-section="${name}"]`)?.focus();
}
