// Opening the page signs nobody in by itself, since programs that scan mails open their links.
import { signIn } from "./continue.js";
import { readOrigin, showOrigin } from "./origin.js";
import { alertFor, showAlert, showSection, whileBusy } from "./view.js";

const form = document.querySelector("form");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
const { address, inspection } = form.dataset;

window.addEventListener("hashchange", () => location.reload());

const { section = "form", origin } = token ? await readOrigin(inspection, token) : { section: "invalid" };
if (origin) showOrigin(origin);
showSection(section);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await whileBusy(form, async () => {
    // The used token leaves the browser's history, since other people may use the browser too.
    const onAccepted = () => history.replaceState(null, "", location.pathname);
    const answer = await signIn({ address, fields: { token }, redirectTo: origin.redirectTo, onAccepted });
    if (!answer.ok) showProblem(answer);
  });
});

function showProblem(answer) {
  const alert = alertFor(form, answer);
  if (alert) showAlert(form, alert);
  else showSection("invalid");
}
