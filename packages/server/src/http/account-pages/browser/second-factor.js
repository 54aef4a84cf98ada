import { call } from "./call.js";
import { askPasskey, knowsPasskeys } from "./passkey.js";
import { alertFor, hideAlerts, showAlert, showSection, whileBusy } from "./view.js";

// The page to sign up has no such form: a new account has no second factor.
const form = document.querySelector('[data-section="second-factor"]');

/** The field that answers by each method of a challenge. */
const fieldOf = { passkey: "passkey", totp: "code", email: "emailCode", recovery_code: "recoveryCode" };

/**
 * Asks for the second factor of a sign-in whose first proof was right, and calls `onSignedIn` with the answer that has the user.
 *
 * @param {{ challenge: string, methods: string[] }} asked
 * @param {(answer: { user: object }) => Promise<void>} onSignedIn
 */
export function askSecondFactor({ challenge, methods }, onSignedIn) {
  const ways = methods.map((method) => fieldOf[method]).filter((name) => name !== "passkey" || knowsPasskeys());
  form.onsubmit = async (event) => {
    event.preventDefault();
    await whileBusy(form, async () => {
      const answer = await answerTo(challenge);
      if (answer === undefined) showAlert(form, "passkey-unused");
      else if (answer.ok) await onSignedIn(answer.body);
      else showAlert(form, alertFor(form, answer) ?? "MFA_CHALLENGE_INVALID");
    });
  };
  form.querySelector("[data-sends-code]").onclick = () => sendCode(challenge);
  for (const button of form.querySelectorAll("[data-uses]"))
    button.onclick = () => use(button.dataset.uses, ways).focus();
  use(ways[0], ways);
  showSection("second-factor");
  if (ways.length === 0) showAlert(form, "no-way");
}

/** Returns what the server answers to the factor that is shown; `undefined` if the reader used no passkey. */
async function answerTo(challenge) {
  const { factor: name } = form.querySelector("[data-factor]:not([hidden])").dataset;
  if (name !== "passkey") return await verify({ challenge, [name]: form.elements[name].value });
  const options = await call(form.dataset.passkeyOptions, { challenge });
  if (!options.ok) return options;
  const passkey = await askPasskey(PublicKeyCredential.parseRequestOptionsFromJSON(options.body));
  return passkey && (await verify({ challenge, passkey }));
}

async function verify(fields) {
  const trustDevice = form.elements.trustDevice?.checked ?? false;
  return await call(form.dataset.address, { ...fields, trustDevice, transport: "cookie" });
}

async function sendCode(challenge) {
  const status = form.querySelector('[role="status"]');
  status.textContent = "";
  const { sendsCode } = form.querySelector("[data-sends-code]").dataset;
  const answer = await whileBusy(form, () => call(sendsCode, { challenge }));
  if (!answer.ok) return showAlert(form, alertFor(form, answer) ?? "failed");
  status.textContent = status.dataset.text;
  form.elements.emailCode.focus();
}

/** Shows the factor of this name, and the buttons that lead to the others. Returns its field, or the button of a passkey. */
function use(name, ways) {
  hideAlerts(form);
  for (const factor of form.querySelectorAll("[data-factor]")) factor.hidden = factor.dataset.factor !== name;
  for (const button of form.querySelectorAll("[data-uses]")) {
    const { uses } = button.dataset;
    button.hidden = uses === name || !ways.includes(uses);
  }
  const confirm = form.querySelector("[data-label]");
  confirm.textContent = name === "passkey" ? confirm.dataset.passkeyLabel : confirm.dataset.label;
  confirm.hidden = name === undefined;
  return form.elements[name] ?? confirm;
}
