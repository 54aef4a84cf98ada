import { call } from "./call.js";
import { begin, resume, signIn } from "./continue.js";
import { offerPasskeys } from "./passkey.js";
import { offerProviders, takeReturn } from "./social.js";
import { alertFor, letReveal, showAlert, showSection, whileBusy } from "./view.js";

const form = document.querySelector("form");

letReveal(form);
offerProviders(form);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { identifier, password } = Object.fromEntries(new FormData(form));
  await signInBy(form.dataset.address, { identifier, password });
});

async function signInBy(address, proof, otherwise = "failed") {
  const fields = { ...proof, remember: form.elements.remember.checked };
  await whileBusy(form, async () => {
    const answer = await signIn({ address, fields });
    if (!answer.ok) showAlert(form, alertFor(form, answer) ?? otherwise);
  });
}

const byMail = form.querySelector("[data-address]");

byMail?.addEventListener("click", async () => {
  const { redirectTo } = byMail.dataset;
  // With it the link leads back here, and so to the app that asked.
  const fields = { email: form.elements.identifier.value, ...(redirectTo && { redirectTo }) };
  const answer = await whileBusy(form, () => call(byMail.dataset.address, fields));
  if (answer.ok) showSection("sent");
  else showAlert(form, alertFor(form, answer) ?? "failed");
});

const returned = takeReturn();
if (returned?.fields) {
  showSection("form");
  await signInBy("/v1/auth/sign-in-codes/exchange", returned.fields, "social");
} else if (!resume()) {
  await begin();
  if (returned && !form.hidden)
    showAlert(form, alertFor(form, { status: 400, body: { code: returned.error } }) ?? "social");
}

const withPasskey = form.querySelector("[data-passkey]");
await offerPasskeys(withPasskey, (credential) => signInBy(withPasskey.dataset.passkey, { credential }));
