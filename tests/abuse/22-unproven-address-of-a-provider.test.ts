import { describe, expect, test } from "vitest";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { type Account, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { mintIdToken } from "../support/social/id-tokens.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, company, google, signInAppAt } from "../support/social/sign-in.ts";

const social = share(() =>
  startSocial({ providers: [google, company, { ...company, name: "unproven", provesEmails: false }] }),
);

async function linkedTo({ url }: TestGatehouse, { accessToken: token }: Account) {
  return (await rest(url, "/v1/auth/identities", { token })).body.items;
}

/** Values of `email_verified` that say something, but not that the address was verified. */
const vague = [undefined, false, null, "true", "false", "yes", 1, [true], { verified: true }];

describe("row 22: a provider's address is not taken for verified", () => {
  test.each(vague.map((value) => [value]))("because email_verified is %j", async (email_verified) => {
    const { local, server } = social();
    const victim = await registerProven(server);
    const person = anybody({ email: victim.email, email_verified });
    const { error } = await signInAppAt(server, { local, person, provider: "company" });
    expect(["IDENTITY_NOT_LINKED", "SOCIAL_SIGN_IN_INVALID"]).toContain(error);
    expect(await linkedTo(server, victim)).toEqual([]);
  });

  test("because another claim, or the app beside the token, says so (CVE-2026-27946)", async () => {
    const { server } = social();
    const victim = await registerProven(server);
    const nonce = "a nonce of the app's own, at random";
    const { claims } = anybody({ email: victim.email, email_verified: false, emailVerified: true, verified: true });
    const honest = { iss: "https://issuer.example", aud: company.clientId, sub: "27946", nonce, ...claims };
    const idToken = await mintIdToken({ ...honest, now: server.clock.now() });
    const sign = (further: object) =>
      rest(server.url, "/v1/auth/social/company", { body: { idToken, nonce, ...further } });
    expect((await sign({})).body.code).toBe("IDENTITY_NOT_LINKED");
    for (const further of [{ emailVerified: true }, { userId: victim.userId }, { email: victim.email }]) {
      expect((await sign(further)).body.code).toBe("INVALID_INPUT");
    }
    expect(await linkedTo(server, victim)).toEqual([]);
  });

  test("because its issuer was not trusted with that, although the claim is true", async () => {
    const { local, server } = social();
    const victim = await registerProven(server);
    const { error } = await signInAppAt(server, {
      local,
      person: anybody({ email: victim.email }),
      provider: "unproven",
    });
    expect(error).toBe("IDENTITY_NOT_LINKED");
  });

  test("because it only looks like the account's address", async () => {
    const { local, server } = social();
    const local_part = crypto.randomUUID();
    const victim = await registerProven(server, { email: `${local_part}ß@example.com` });
    const person = anybody({ email: `${local_part}ss@example.com` });
    const answer = await signInAppAt(server, { local, person, provider: "company" });
    expect(answer.body?.user.id).not.toBe(victim.userId);
    expect(await linkedTo(server, victim)).toEqual([]);
  });
});
