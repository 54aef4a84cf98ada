import { type Account, type RestResponse, rest } from "./rest.ts";

type SignedIn = Pick<Account, "accessToken">;

/** Deactivates the caller's account over REST. */
export function deactivate(url: string, { accessToken: token }: SignedIn): Promise<RestResponse> {
  return rest(url, "/v1/users/me/deactivate", { method: "POST", token });
}

/** Deletes the caller's account over REST. */
export function deleteAccount(url: string, { accessToken: token }: SignedIn): Promise<RestResponse> {
  return rest(url, "/v1/users/me", { method: "DELETE", token });
}

/** Restores a deleted account by the token of a mail. */
export function undoDeletion(url: string, token: string): Promise<RestResponse> {
  return rest(url, "/v1/users/undo-deletion", { body: { token } });
}

/** Asks for a copy of the caller's data. */
export function askForExport(url: string, { accessToken: token }: SignedIn): Promise<RestResponse> {
  return rest(url, "/v1/users/me/export", { token });
}

/** Downloads a copy by the token of a mail. */
export function downloadExport(url: string, token: string): Promise<RestResponse> {
  return rest(url, "/v1/exports/download", { body: { token } });
}
