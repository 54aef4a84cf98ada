import { describe, expect, test } from "vitest";
import { askForApiKey, listApiKeys, makeApiKey, readProfile, revokeApiKey } from "../support/api-keys.ts";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { type Account, rest } from "../support/rest.ts";
import { startBeside } from "../support/server-pair.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const three = { API_KEYS_PER_USER: "3" };

async function signIn(url: string, { email: identifier, password }: Account): Promise<{ accessToken: string }> {
  const { body } = await rest(url, "/v1/auth/login", { body: { identifier, password } });
  return body.session;
}

describe("the number of working keys", () => {
  const shared = shareGatehouse({ environment: three });

  test("is limited for a user, and a revoked or expired one makes place for another", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const inAnHour = new Date(server.clock.now().getTime() + 3_600_000).toISOString();
    const first = await makeApiKey(server.url, ada);
    await makeApiKey(server.url, ada, { expiresAt: inAnHour });
    await makeApiKey(server.url, ada);
    const refused = await askForApiKey(server.url, ada);
    expect([refused.status, refused.body.code]).toEqual([409, "API_KEY_LIMIT_REACHED"]);
    await revokeApiKey(server.url, ada, first.id);
    await makeApiKey(server.url, ada);
    expect((await askForApiKey(server.url, ada)).status).toBe(409);
    server.clock.advance(3600);
    const later = await signIn(server.url, ada);
    expect((await askForApiKey(server.url, later)).status).toBe(201);
    expect((await askForApiKey(server.url, later)).status).toBe(409);
  });

  test.skipIf(postgresUnreachable)("stays within the limit when two servers get many requests at once", async () => {
    const first = shared();
    await using second = await startBeside(first, { environment: three });
    const [ada, bob] = [await registerProven(first), await registerProven(first)];
    // Each by a session of its own: those of one session wait for each other anyway.
    const sessions = await Promise.all(
      Array.from({ length: 40 }, (_, index) => signIn(first.url, index % 4 < 2 ? ada : bob)),
    );
    const asked = sessions.map((session, index) => askForApiKey((index % 2 === 0 ? first : second).url, session));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(6);
    expect(answers.filter(({ body }) => body.code === "API_KEY_LIMIT_REACHED")).toHaveLength(34);
    for (const account of [ada, bob]) expect((await listApiKeys(second.url, account)).body.items).toHaveLength(3);
    for (const { status, body } of answers) {
      if (status === 201) expect((await readProfile(second.url, body.secret)).status).toBe(200);
    }
  });
});

test("a user may ask for a limited number of keys in an hour, whatever happens to them", async () => {
  await using server = await startGatehouse({ environment: { LIMIT_API_KEYS_PER_USER_PER_HOUR: "2" } });
  const ada = await registerProven(server);
  for (const _time of [1, 2]) await revokeApiKey(server.url, ada, (await makeApiKey(server.url, ada)).id);
  expect((await askForApiKey(server.url, ada)).body.code).toBe("TOO_MANY_REQUESTS");
  expect((await askForApiKey(server.url, await registerProven(server))).status).toBe(201);
});
