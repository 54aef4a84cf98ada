import type { TestGatehouse } from "../gatehouse.ts";
import { type RestResponse, rest } from "../rest.ts";
import { codeInAddress, newPkce } from "../sign-in-codes.ts";
import type { LocalProvider, Person } from "./provider.ts";
import { signInAt } from "./sign-in.ts";

interface Linking {
  readonly local: LocalProvider;
  readonly person: Person;
  readonly token: string;
  readonly provider?: string;
}

/** The code that an app gets in a browser for the identity of a person, and its verifier. */
export async function codeToLink(
  server: TestGatehouse,
  { local, person, provider = "google" }: Omit<Linking, "token">,
): Promise<{ readonly code: string; readonly codeVerifier: string }> {
  const { challenge: codeChallenge, verifier: codeVerifier } = newPkce();
  const { location } = await signInAt(server, { local, person, provider, query: { mode: "link", codeChallenge } });
  return { code: codeInAddress(location), codeVerifier };
}

/** Links a provider to the account of a token, as an app does. */
export async function linkTo(server: TestGatehouse, { token, ...linking }: Linking): Promise<RestResponse> {
  return await rest(server.url, "/v1/auth/identities", { token, body: await codeToLink(server, linking) });
}
