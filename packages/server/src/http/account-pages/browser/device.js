/** Where this browser keeps the device that it signs in as. */
const deviceName = "gatehouse.pages.device";

/**
 * Returns this browser as sign-ins name it, with the secret that proves it later, so that its user may trust it. `undefined` where the
 * page has no box for that.
 */
export function browserDevice() {
  if (!document.querySelector("[data-trust]")) return undefined;
  localStorage[deviceName] ??= JSON.stringify({
    installationId: crypto.randomUUID(),
    deviceSecret: crypto.randomUUID().replaceAll("-", ""),
  });
  return { ...JSON.parse(localStorage[deviceName]), platform: "web" };
}
