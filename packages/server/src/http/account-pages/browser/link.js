// Opening the page changes nothing by itself, since programs that scan mails open their links.
import { call } from "./call.js";
import { leadTo, readOrigin, showOrigin } from "./origin.js";
import { alertFor, letReveal, showAlert, showSection, whileBusy } from "./view.js";

const form = document.querySelector("form");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
const { address, inspection, redirectTo } = form.dataset;
const takesToken = "takesToken" in form.dataset;

// Another link opened in this tab changes only the fragment, so the page reloads to show that link.
window.addEventListener("hashchange", () => location.reload());

letReveal(form);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(form, event.submitter));
  const fields = { ...(takesToken && { token }), ...(redirectTo && { redirectTo }), ...given };
  const answer = await whileBusy(form, () => call(address, fields));
  if (!answer.ok) return showProblem(answer);
  if (answer.file) save(answer.file);
  // Where the link could not be inspected beforehand.
  leadTo(answer.body.redirectTo);
  // Removes the used token from the browser's history, since other people may use the browser too.
  history.replaceState(null, "", location.pathname + location.search);
  showSection(given.requestedBy === "somebody_else" ? "disowned" : "done");
});

await begin();

/**
 * Shows the account or the origin of the link if the link is valid. The request changes nothing, so a mail scanner may cause
 * it.
 */
async function begin() {
  if (takesToken && !token) return showSection("invalid");
  if (!inspection) return showSection("form");
  const { section = "form", origin } = await readOrigin(inspection, token);
  if (origin) {
    showOrigin(origin);
    leadTo(origin.redirectTo);
  }
  showSection(section);
}

function showProblem(answer) {
  const alert = alertFor(form, answer);
  if (alert) showAlert(form, alert);
  else showSection("invalid");
}

/** Lets the browser keep a file. */
function save({ content, name }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
}
