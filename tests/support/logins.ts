import { rest } from "./rest.ts";

type Headers = Readonly<Record<string, string>>;

/** Signs in over REST. */
export function login(url: string, body: Readonly<Record<string, unknown>>, headers: Headers = {}) {
  return rest(url, "/v1/auth/login", { body, headers });
}

/** The status of each of several sign-ins with a wrong password, one after the other. */
export async function failLogins(url: string, identifier: string, count: number, headers: Headers = {}) {
  const statuses: number[] = [];
  for (let failure = 0; failure < count; failure++) {
    statuses.push((await login(url, { identifier, password: "wrong password" }, headers)).status);
  }
  return statuses;
}

/** The number of answers with each status. */
export function countStatuses(answers: readonly { readonly status: number }[]): Readonly<Record<number, number>> {
  const groups = Map.groupBy(answers, ({ status }) => status);
  return Object.fromEntries([...groups].map(([status, group]) => [status, group.length]));
}

/**
 * Sends several calls of one procedure in one RPC request, and returns the outcome of each: an error's code, or `ok`.
 */
export async function batch(url: string, procedure: string, inputs: readonly unknown[]): Promise<readonly string[]> {
  const path = `/rpc/${inputs.map(() => procedure).join(",")}?batch=1`;
  const { body } = await rest(url, path, { body: Object.fromEntries(inputs.map((json, index) => [index, { json }])) });
  return body.map((call: { error?: { json: { data: { code: string } } } }) => call.error?.json.data.code ?? "ok");
}
