import { call } from "./call.js";
import { browserDevice } from "./device.js";
import { askSecondFactor } from "./second-factor.js";
import { findUser, nameOf, signOut } from "./session.js";
import { alertFor, showAlert, showSection, whileBusy } from "./view.js";

const section = document.querySelector('[data-section="signed-in"]');
const button = (name) => section.querySelector(`[data-does="${name}"]`);

/**
 * Signs in by this operation, asks for the second factor if the account takes one, and goes on. `onAccepted` is called before.
 * Returns the answer, so that the caller shows why it was refused, or what else it said.
 */
export async function signIn({ address, fields, redirectTo, onAccepted }) {
  const answer = await call(address, { ...fields, device: browserDevice(), transport: "cookie" });
  if (!answer.ok) return answer;
  onAccepted?.();
  const { status, user } = answer.body;
  if (status === "mfa_required") askSecondFactor(answer.body, (proven) => goOn({ user: proven.user, redirectTo }));
  if (status === "signed_in") await goOn({ user, redirectTo });
  return answer;
}

/**
 * Asks for the second factor of a sign-in that began at a provider, before this page. Returns whether there is one. Such a sign-in
 * named no device, so the box that trusts the device is hidden.
 */
export function resume() {
  const { asked } = section.dataset;
  if (!asked) return false;
  const trust = document.querySelector("[data-trust]");
  if (trust) trust.hidden = true;
  askSecondFactor(JSON.parse(asked), ({ user }) => goOn({ user }));
  return true;
}

/**
 * Goes on as the user who is signed in now: to the app, with a one-time code if it sent a code challenge, or to the address that
 * came with a mail's link. Where there is neither, the page says who is signed in.
 */
async function goOn({ user, redirectTo }) {
  const { returnTo, codeChallenge } = section.dataset;
  if (redirectTo) return location.replace(redirectTo);
  if (!returnTo) return showSignedIn(user);
  if (!codeChallenge) return location.replace(returnTo);
  const answer = await call("/v1/auth/sign-in-codes", { redirectTo: returnTo, codeChallenge });
  if (answer.ok) return location.replace(answer.body.redirectTo);
  showSignedIn(user);
  showAlert(section, alertFor(section, answer) ?? "failed");
}

/** Shows who is signed in, with the ways on, or the form if nobody is. An app never gets a session without a click. */
export async function begin() {
  const user = await findUser();
  if (user) showSignedIn(user);
  else showSection("form");
}

function showSignedIn(user) {
  const { returnTo } = section.dataset;
  section.querySelector("[data-account]").textContent = nameOf(user);
  button("continue").hidden = !returnTo;
  button("continue").textContent = button("continue").dataset.label.replace("{account}", () => nameOf(user));
  button("change-account").hidden = !returnTo;
  button("sign-out").hidden = Boolean(returnTo);
  button("continue").onclick = () => whileBusy(section, () => goOn({ user }));
  showSection("signed-in");
}

for (const name of ["change-account", "sign-out"]) {
  button(name).addEventListener("click", async () => {
    const answer = await whileBusy(section, signOut);
    if (answer.ok || answer.status === 401) showForm();
    else showAlert(section, alertFor(section, answer) ?? "failed");
  });
}

/** The link of a mail signs in once, so its page leads to the page to sign in. */
function showForm() {
  const { signedOutAt } = section.dataset;
  if (signedOutAt) location.replace(signedOutAt);
  else showSection("form");
}
