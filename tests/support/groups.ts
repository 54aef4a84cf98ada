import { type Account, rest } from "./rest.ts";

type Caller = Pick<Account, "accessToken">;

/** Creates a group over REST, by default with a name of its own, and returns its id. */
export async function createGroup(
  url: string,
  by: Caller,
  group: { readonly name?: string; readonly roles?: readonly string[] } = {},
): Promise<string> {
  const name = group.name ?? `group-${crypto.randomUUID()}`;
  const { status, body } = await rest(url, "/v1/groups", { token: by.accessToken, body: { ...group, name } });
  if (status !== 201) throw new Error(`The creation of a group answered ${status}: ${JSON.stringify(body)}`);
  return body.id;
}

/** Changes a group over REST. */
export function changeGroup(
  url: string,
  by: Caller,
  { id, ...changes }: { readonly id: string } & Readonly<Record<string, unknown>>,
) {
  return rest(url, `/v1/groups/${id}`, { method: "PATCH", token: by.accessToken, body: changes });
}

/** Deletes a group over REST. */
export function deleteGroup(url: string, by: Caller, id: string) {
  return rest(url, `/v1/groups/${id}`, { method: "DELETE", token: by.accessToken });
}

interface Membership {
  readonly id: string;
  readonly userId: string;
}

/** Adds a member over REST. */
export function addMember(url: string, by: Caller, { id, userId }: Membership) {
  return rest(url, `/v1/groups/${id}/members/${userId}`, { method: "PUT", token: by.accessToken });
}

/** Removes a member over REST. */
export function removeMember(url: string, by: Caller, { id, userId }: Membership) {
  return rest(url, `/v1/groups/${id}/members/${userId}`, { method: "DELETE", token: by.accessToken });
}
