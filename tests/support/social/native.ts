import { sealLinkCode } from "../../../packages/server/src/auth/social/link-code.ts";
import type { TestGatehouse } from "../gatehouse.ts";
import { rest } from "../rest.ts";
import { newPkce } from "../sign-in-codes.ts";
import { mintIdToken } from "./id-tokens.ts";
import { anybody, google } from "./sign-in.ts";

/** What a native app sends after it signed somebody new in by Google's library. */
export async function nativeSignIn(
  { clock }: TestGatehouse,
  { email = `${crypto.randomUUID()}@gmail.com` }: { readonly email?: string } = {},
) {
  const { sub, claims } = anybody({ email });
  const nonce = crypto.randomUUID();
  const honest = { iss: "https://accounts.google.com", aud: google.clientId, sub, nonce, ...claims };
  return { provider: "google", idToken: await mintIdToken({ ...honest, now: clock.now() }), nonce };
}

/** The code of a new identity, and its verifier, as they are after the way to the provider and back. */
export function linkCodeOf({ gatehouse }: TestGatehouse) {
  const { verifier: codeVerifier, challenge } = newPkce();
  const { sub: subject, email } = anybody();
  const proof = { provider: "google", issuer: "https://accounts.google.com", subject, email, isEmailProven: true };
  return { code: sealLinkCode(gatehouse.deps, proof, challenge), codeVerifier };
}

/** Links a new identity to the account of a token, and returns its id. */
export async function linkIdentity(server: TestGatehouse, token: string): Promise<string> {
  await rest(server.url, "/v1/auth/identities", { token, body: linkCodeOf(server) });
  const { body } = await rest(server.url, "/v1/auth/identities", { token });
  return body.items.at(-1).id;
}
