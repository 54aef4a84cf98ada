/** Shows the section of this name alone, and moves the focus to it, or to the first field of a form. */
export function showSection(name) {
  for (const section of document.querySelectorAll("[data-section]")) section.hidden = section.dataset.section !== name;
  const shown = document.querySelector(`[data-section="${name}"]`);
  if (shown.tagName === "FORM") hideAlerts(shown);
  // A form that follows another takes the focus over; the first one of a page leaves it where browsers begin.
  (shown.tagName === "FORM" ? shown.querySelector("h1[tabindex]") : shown)?.focus();
}

/**
 * Returns the name of the alert in this form or section that says what is wrong: for a field, by its name and the reason or by
 * its name alone; otherwise by the error code; `later` and `failed` for the rest. `undefined` for a refusal that it has no words
 * for.
 */
export function alertFor(parent, { status, body: { code, errors = [] } }) {
  const names = errors.flatMap(({ path, reason }) => [`${path}-${reason}`, path]);
  const found = [...names, code].find((name) => name !== undefined && alertIn(parent, name));
  if (found) return found;
  if (status === 429) return "later";
  return status === 0 || status >= 500 ? "failed" : undefined;
}

/** Shows the alert, ties it to its field, and moves the focus there. */
export function showAlert(parent, name) {
  hideAlerts(parent);
  const alert = alertIn(parent, name);
  alert.id ||= `alert-${[...document.querySelectorAll("[data-alert]")].indexOf(alert)}`;
  alert.hidden = false;
  const field = parent.elements?.[alert.dataset.field];
  if (field === undefined) return alert.focus();
  const { hint } = describedBy(field);
  // The alert about a rejected password says what is allowed, so the hint is hidden.
  if (hint) hint.hidden = true;
  field.setAttribute("aria-describedby", alert.id);
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

/** Hides every alert of the form or section. */
export function hideAlerts(parent) {
  for (const alert of parent.querySelectorAll("[data-alert]")) alert.hidden = true;
  for (const field of parent.querySelectorAll("input[aria-invalid]")) {
    const { hint, id } = describedBy(field);
    if (hint) hint.hidden = false;
    field.removeAttribute("aria-invalid");
    if (hint) field.setAttribute("aria-describedby", id);
    else field.removeAttribute("aria-describedby");
  }
}

/** The hint of a field, if it has one. */
function describedBy({ id: field }) {
  const id = `${field}-hint`;
  return { hint: document.getElementById(id), id };
}

function alertIn(parent, name) {
  const alerts = [...parent.querySelectorAll("[data-alert]")].filter(
    (alert) => !alert.closest("[data-factor][hidden]"),
  );
  return alerts.find(({ dataset }) => dataset.alert === name);
}

/** Disables the buttons while the work is done, so that nothing is sent twice. */
export async function whileBusy(parent, work) {
  const buttons = parent.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  parent.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    for (const button of buttons) button.disabled = false;
    parent.removeAttribute("aria-busy");
  }
}

/** Lets the buttons in password fields show the password. It is hidden again before it is sent, so that no browser keeps it as text. */
export function letReveal(form) {
  for (const button of form.querySelectorAll("[data-reveals]")) {
    const field = form.elements[button.dataset.reveals];
    const reveal = (isShown) => {
      field.type = isShown ? "text" : "password";
      button.setAttribute("aria-pressed", String(isShown));
    };
    button.addEventListener("click", () => reveal(field.type === "password"));
    form.addEventListener("submit", () => reveal(false), { capture: true });
  }
}
