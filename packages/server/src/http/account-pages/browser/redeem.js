/**
 * Sends the fields to their operation. Returns the name of the section that shows the outcome.
 *
 * @param {{ address: string, fields: Record<string, string>, fetch: typeof fetch, save: (file: Blob, name: string) => void }} call
 * @returns {Promise<"done" | `password-${string}` | "email" | "later" | "invalid" | "failed">}
 */
export async function redeem({ address, fields, fetch, save }) {
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(fields) });
    const [, name] = /filename="([^"]+)"/.exec(response.headers.get("content-disposition")) ?? [];
    if (response.ok && name) save(await response.blob(), name);
    if (response.ok) return "done";
    return sectionOf(response.status, await response.json());
  } catch {
    return "failed";
  }
}

/** @param {{ errors?: { path: string, reason?: string }[] }} problem */
function sectionOf(status, { errors = [] }) {
  if (status === 429) return "later";
  if (status >= 500) return "failed";
  const password = errors.find(({ path }) => path === "password");
  if (password) return password.reason ? `password-${password.reason}` : "failed";
  return errors.some(({ path }) => path === "email") ? "email" : "invalid";
}
