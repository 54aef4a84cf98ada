import { describe, expect, test } from "vitest";
import { authorize, type Operation, operations, transports } from "../support/calls.ts";
import { newInstallationId } from "../support/devices.ts";
import { registerProven } from "../support/links.ts";
import { addPasskey } from "../support/passkeys.ts";
import { expectRefusal } from "../support/refusal.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { linkIdentity } from "../support/social/native.ts";
import { readTables } from "../support/table-contents.ts";

const names = ["userId", "user_id", "user", "id", "sub", "sessionId", "session", "accountId", "owner", "roles"];

/** Calls that require a permission touch other people's data by design; tests/roles tries who may make them. */
const signedIn = operations.filter(({ meta }) => meta.security === "bearer" && meta.permission === undefined);

/** What tests read of an item of any list. */
interface ListedItem {
  readonly id?: string;
  readonly installationId?: string;
  readonly current?: boolean;
  readonly by?: string;
  readonly changes?: { readonly email?: { readonly to: string } };
}

function idOf({ id, installationId }: ListedItem): string {
  const found = id ?? installationId;
  if (found === undefined) throw new Error("An item of a list has no id");
  return found;
}

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
      const identity = await linkIdentity(server, victim.accessToken);
      const passkey = await addPasskey(server, victim);
      const before = await readTables(server.database);
      const inputs: Readonly<Record<string, object>> = {
        "auth.apiKeys.revoke": { id: created.body.apiKey.id },
        "auth.identities.unlink": { provider: "google", id: identity },
        "auth.passkeys.remove": { id: passkey.id },
        "auth.passkeys.update": { id: passkey.id, name: "theirs" },
        "auth.sessions.revoke": { id: body.items[0].id },
        "device.link": device,
        "device.update": { installationId: device.installationId, name: "theirs" },
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
      const victim = await registerProven(server, { device });
      const key = { name: "theirs", scopes: ["profile:read"] };
      await rest(server.url, "/v1/auth/api-keys", { token: victim.accessToken, body: key });
      await addPasskey(server, victim);
      const attacker = await registerAccount(server.url);
      const list = async (operation: Operation, caller: Account) => {
        const { output } = await transport.send(server.url, operation, undefined, authorize(operation, caller));
        return (output as { readonly items: readonly ListedItem[] }).items;
      };
      const isOwnEvent = ({ by, changes }: ListedItem) =>
        by === "you" && [undefined, attacker.email].includes(changes?.email?.to);
      const isOwnSession = ({ current }: ListedItem) => current === true;
      const lists = signedIn.filter(({ fields }) => "cursor" in fields);
      expect(lists.length).toBeGreaterThan(1);
      for (const operation of lists) {
        const theirs = await list(operation, victim);
        const own = await list(operation, attacker);
        expect([operation.procedure, theirs.length > 0]).toEqual([operation.procedure, true]);
        const ids = theirs.map(idOf);
        expect(own.filter((item) => ids.includes(idOf(item)))).toEqual([]);
        // The attacker has nothing but the session of the call, and the events of their own registration.
        const expected = operation.procedure === "auth.securityEvents.list" ? isOwnEvent : isOwnSession;
        expect(own.filter((item) => !expected(item))).toEqual([]);
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
