// Opening the page changes nothing by itself, since programs that scan mails open their links.
import { readOrigin, showOrigin } from "./origin.js";
import { redeem } from "./redeem.js";

const form = document.querySelector("form");
const buttons = form.querySelectorAll("button");
const token = new URLSearchParams(location.hash.slice(1)).get("token");

const takesToken = "takesToken" in form.dataset;

const { address, inspection } = form.dataset;

// Another link opened in this tab changes only the fragment, so the page reloads to show that link.
window.addEventListener("hashchange", () => location.reload());

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = { ...(takesToken && { token }), ...Object.fromEntries(new FormData(form, event.submitter)) };
  for (const button of buttons) button.disabled = true;
  const outcome = await redeem({ address, fields, fetch: window.fetch.bind(window), save });
  for (const button of buttons) button.disabled = false;
  const section = outcome === "done" && fields.requestedBy === "somebody_else" ? "disowned" : outcome;
  // Removes the used token from the browser's history, since other people may use the browser too.
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

/**
 * Shows the account or the origin of the link if the link is valid. The request changes nothing, so a mail scanner may cause
 * it.
 */
async function begin() {
  if (takesToken && !token) return show("invalid");
  if (!inspection) return show("ask");
  const { section, origin } = await readOrigin({ address: inspection, token, fetch: window.fetch.bind(window) });
  if (origin) showOrigin(origin, { document, language: document.documentElement.lang });
  show(section);
}

/** Lets the browser keep a file. */
function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
}

/** Shows the section of this name, and the form while the reader can try again. */
function show(name) {
  const isOver = name !== "ask" && !form.querySelector(`[data-section="${name}"]`);
  for (const section of document.querySelectorAll("[data-section]")) section.hidden = section.dataset.section !== name;
  form.hidden = isOver;
  // The alert about a rejected password says what is allowed, so the hint is hidden.
  for (const hint of form.querySelectorAll(".hint")) hint.hidden = name.startsWith("password-");
  document.querySelector(`[data-section="${name}"]`)?.focus();
}
