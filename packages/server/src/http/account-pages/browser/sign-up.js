import { begin, signIn } from "./continue.js";
import { alertFor, letReveal, showAlert, showSection, whileBusy } from "./view.js";

const form = document.querySelector("form");

letReveal(form);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = Object.entries(Object.fromEntries(new FormData(form))).filter(([, value]) => value !== "");
  const { redirectTo } = form.dataset;
  const fields = {
    ...Object.fromEntries(given),
    password: form.elements.password.value,
    locale: document.documentElement.lang,
    ...(redirectTo && { redirectTo }),
  };
  await whileBusy(form, async () => {
    const answer = await signIn({ address: form.dataset.address, fields });
    if (!answer.ok) showAlert(form, alertFor(form, answer) ?? "failed");
    else if (answer.body.status === "verification_sent") showSection("confirm");
  });
});

await begin();
