import { describe, expect, test } from "vitest";
import { authorize, operations, transports } from "../support/calls.ts";
import { newInstallationId } from "../support/devices.ts";
import { registerProven } from "../support/links.ts";
import { expectRefusal } from "../support/refusal.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { readTables } from "../support/table-contents.ts";

const names = ["userId", "user_id", "user", "id", "sub", "sessionId", "session", "accountId", "owner", "roles"];

/** Calls that require a permission touch other people's data by design; tests/roles tries who may make them. */
const signedIn = operations.filter(({ meta }) => meta.security === "bearer" && meta.permission === undefined);

const shared = shareGatehouse();

describe("row 26: the token alone decides whose data is touched (better-auth CVE-2025-61928)", () => {
  describe.each(transports)("over $name", (transport) => {
    test("every procedure refuses a user id in its input", async () => {
      const server = shared();
      const [victim, attacker] = [await registerAccount(server.url), await registerAccount(server.url)];
      const before = await readTables(server.database);
      for (const operation of signedIn) {
        for (const name of names.filter((candidate) => !(candidate in operation.fields))) {
          const path = Object.fromEntries(
            operation.pathParameters.map((parameter) => [parameter, newInstallationId()]),
          );
          const input = { ...path, [name]: victim.userId };
          const answer = await transport.send(server.url, operation, input, authorize(operation, attacker));
          expectRefusal(transport, answer);
          expect([operation.procedure, name, answer.status, answer.code]).toEqual([
            operation.procedure,
            name,
            400,
            "INVALID_INPUT",
          ]);
        }
        expect(await readTables(server.database)).toEqual(before);
      }
    });

    test("an id of another user's object finds nothing and changes nothing", async () => {
      const server = shared();
      const device = { installationId: newInstallationId(), platform: "ios" };
      const victim = await registerProven(server, { device });
      const attacker = await registerAccount(server.url);
      const { body } = await rest(server.url, "/v1/auth/sessions", { token: victim.accessToken });
      const key = { name: "theirs", scopes: ["profile:read"] };
      const created = await rest(server.url, "/v1/auth/api-keys", { token: victim.accessToken, body: key });
      const before = await readTables(server.database);
      const inputs: Readonly<Record<string, object>> = {
        "auth.apiKeys.revoke": { id: created.body.apiKey.id },
        "auth.sessions.revoke": { id: body.items[0].id },
        "device.link": device,
        "device.unlink": { installationId: device.installationId },
      };
      for (const operation of signedIn.filter(({ pathParameters }) => pathParameters.length > 0)) {
        const input = inputs[operation.procedure];
        if (input === undefined) throw new Error(`Give ${operation.procedure} what is another user's`);
        const answer = await transport.send(server.url, operation, input, authorize(operation, attacker));
        expectRefusal(transport, answer);
        expect([403, 404, 409]).toContain(answer.status);
        expect(await readTables(server.database)).toEqual(before);
      }
    });

    test("a list contains nothing of another user", async () => {
      const server = shared();
      const device = { installationId: newInstallationId(), platform: "ios" };
      const victim = await registerAccount(server.url, { device });
      const key = { name: "theirs", scopes: ["profile:read"] };
      await rest(server.url, "/v1/auth/api-keys", { token: victim.accessToken, body: key });
      const attacker = await registerAccount(server.url);
      const lists = signedIn.filter(({ fields }) => "cursor" in fields);
      expect(lists.length).toBeGreaterThan(1);
      for (const operation of lists) {
        const { output } = await transport.send(server.url, operation, undefined, authorize(operation, attacker));
        const { items } = output as { items: { current?: boolean }[] };
        expect(items.filter(({ current }) => current !== true)).toEqual([]);
      }
    });
  });

  test("headers and query strings do not change the user", async () => {
    const server = shared();
    const [victim, attacker] = [await registerAccount(server.url), await registerAccount(server.url)];
    const headers = { "x-user-id": victim.userId, "x-forwarded-user": victim.email, cookie: `userId=${victim.userId}` };
    const { body } = await rest(server.url, "/v1/users/me", { token: attacker.accessToken, headers });
    expect(body.id).toBe(attacker.userId);
    const asked = await rest(server.url, `/v1/users/me?userId=${victim.userId}`, { token: attacker.accessToken });
    expect(asked.status).toBe(400);
    const inQuery = await rest(server.url, `/v1/users/me?access_token=${victim.accessToken}`);
    expect([400, 401]).toContain(inQuery.status);
  });
});
