import { sudoProcedure } from "@gatehouse/server";
import { expect } from "vitest";
import { z } from "zod";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { receiveToken } from "../support/mailbox.ts";
import { type RestResponse, rest } from "../support/rest.ts";

/** For how long a proof counts unless a test says otherwise, in seconds. */
export const maxAgeSeconds = 15 * 60;

/** An app's procedure that takes a recent proof, and leaves nothing behind. */
export const routers = {
  vault: sudoProcedure
    .meta({ openapi: { method: "GET", path: "/v1/vault", tags: ["Test"], summary: "What is well kept" } })
    .input(z.void())
    .output(z.object({ treasure: z.string() }))
    .query(() => ({ treasure: "gold" })),
};

/** Anything with an access token: an account, or the tokens of a session. */
interface SignedIn {
  readonly accessToken: string;
}

/** Asks for what takes a recent proof. */
export function openVault({ url }: TestGatehouse, { accessToken: token }: SignedIn): Promise<RestResponse> {
  return rest(url, "/v1/vault", { token });
}

/** Calls `auth.sudo`. */
export function sudo(
  { url }: TestGatehouse,
  { accessToken: token }: SignedIn,
  body: object | string,
): Promise<RestResponse> {
  return rest(url, "/v1/auth/sudo", { token, body });
}

/** New tokens of the same session. */
export async function refresh({ url }: TestGatehouse, refreshToken: string) {
  const { status, body } = await rest(url, "/v1/auth/refresh", { body: { refreshToken } });
  expect(status).toBe(200);
  return body.session as { accessToken: string; refreshToken: string };
}

/** Lets the time pass in which the last proof counts, and answers with tokens that still work. */
export async function waitLong(server: TestGatehouse, { refreshToken }: { readonly refreshToken: string }) {
  server.clock.advance(maxAgeSeconds + 1);
  return await refresh(server, refreshToken);
}

/** The token of a link to sign in that is sent to this address now. */
export async function askForLink(server: TestGatehouse, email: string): Promise<string> {
  await rest(server.url, "/v1/auth/magic-link", { body: { email } });
  return await receiveToken(server, email, "magic-link");
}
