import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { newDeviceSecret } from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { settle } from "../support/mailbox.ts";
import { patience } from "../support/patience.ts";
import { askByPhone, newNumber, registerByPhone, withPhones } from "../support/phone-accounts.ts";
import { registerAccount } from "../support/rest.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, begin, comeBack, signInAt } from "../support/social/sign-in.ts";
import { createWebhook } from "../support/webhooks.ts";

/** Statements that a server makes on its own, at intervals. */
const background = /signing_key|changed_at|^select 1$|^select "events" from "webhook"|notification/;

/** The statements that the server sends to PostgreSQL during the work, `begin` and `commit` included. */
async function listStatements(work: () => Promise<unknown>): Promise<readonly string[]> {
  const query = vi.spyOn(Client.prototype, "query");
  try {
    await work();
    const texts = query.mock.calls.map(([given]: readonly unknown[]) => textOf(given));
    return texts.filter((text) => !background.test(text));
  } finally {
    query.mockRestore();
  }
}

function textOf(given: unknown): string {
  if (typeof given === "string") return given;
  return typeof given === "object" && given !== null && "text" in given ? String(given.text) : "";
}

describe.skipIf(postgresUnreachable)("the statements of a call", () => {
  test("a login where the user signed in before takes five: the account, three of limits, and the session", async () => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    const { email, password } = await registerAccount(server.url);
    const signIn = () => login(server.url, { identifier: email, password });
    await signIn();
    const statements = await listStatements(signIn);
    expect(statements, statements.join("\n")).toHaveLength(5);
  });

  test("a login by a telephone number takes no more", async () => {
    await using server = await startGatehouse({ environment: withPhones });
    const { phone: identifier, password } = await registerByPhone(server);
    await settle(server);
    const signIn = () => login(server.url, { identifier, password });
    await signIn();
    const ofCalls = (await listStatements(signIn)).filter((text) => !text.includes("pgboss"));
    expect(ofCalls, ofCalls.join("\n")).toHaveLength(5);
  });

  test("a registration by a number makes the same statements whether the number is taken or free", async () => {
    await using server = await startGatehouse({ environment: { ...withPhones, JOBS: "off" } });
    const [taken, free] = [newNumber(), newNumber()];
    const { userId } = await registerAccount(server.url);
    await server.database?.query('update "user" set phone = $1, phone_verified_at = now() where public_id = $2', [
      taken,
      userId,
    ]);
    await askByPhone(server, { phone: newNumber() });
    const ofTaken = await listStatements(() => askByPhone(server, { phone: taken }));
    const ofFree = await listStatements(() => askByPhone(server, { phone: free }));
    expect(ofTaken).toEqual(ofFree);
    expect(ofTaken.some((text) => text.includes("pending_registration"))).toBe(true);
  });

  test("a registration takes six: limits, what is free, and a transaction with the account and the job of its mail", async () => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    await registerAccount(server.url);
    const statements = await listStatements(() => registerAccount(server.url));
    expect(statements, statements.join("\n")).toHaveLength(6);
  });

  test("a registration on a new device takes no more", async () => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    await registerAccount(server.url);
    const device = { installationId: "installation-1", platform: "ios" };
    const statements = await listStatements(() => registerAccount(server.url, { device }));
    expect(statements, statements.join("\n")).toHaveLength(6);
  });

  test("a login and a registration take no more while webhooks listen to other events", async () => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    const admin = await registerWithRoles(server);
    await createWebhook(server, admin, { url: "https://example.com/", events: ["session.revoked", "user.deleted"] });
    const { listenedEvents } = server.gatehouse.deps;
    await vi.waitFor(() => expect(listenedEvents.mayListen("user.created")).toBe(false), patience);
    const signIn = () => login(server.url, { identifier: admin.email, password: admin.password });
    await signIn();
    const statements = await listStatements(signIn);
    expect(statements, statements.join("\n")).toHaveLength(5);
    const registering = await listStatements(() => registerAccount(server.url));
    expect(registering, registering.join("\n")).toHaveLength(6);
  });

  test("a login on a known device takes five: its session and its device are written together", async () => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    const { email, password } = await registerAccount(server.url);
    const device = {
      installationId: "installation-1",
      platform: "ios",
      deviceSecret: newDeviceSecret(),
      pushService: "fcm",
      pushToken: "push-1",
    };
    const signIn = () => login(server.url, { identifier: email, password, device });
    await signIn();
    const statements = await listStatements(signIn);
    expect(statements, statements.join("\n")).toHaveLength(5);
  });

  test("a return from a provider with a known identity takes three: limits, the account, and the session", async () => {
    await using scene = await startSocial({ environment: { JOBS: "off" } });
    const { server, local } = scene;
    const person = anybody();
    await signInAt(server, { local, person });
    const { location, cookie } = await begin(server);
    const parameters = local.authorize(location, person);
    const statements = await listStatements(() => comeBack(server, { cookie, parameters }));
    expect(statements, statements.join("\n")).toHaveLength(3);
  });

  test("a first login on a new device takes five, unless its owner has to be told", async () => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    const { email, password } = await registerAccount(server.url);
    const device = { installationId: "installation-1", platform: "ios", pushService: "fcm", pushToken: "push-1" };
    const statements = await listStatements(() => login(server.url, { identifier: email, password, device }));
    expect(statements, statements.join("\n")).toHaveLength(5);
  });

  test("a first login from a new place takes five, also if its owner is told: the session and the job of the mail are written together", async () => {
    await using database = await createTestDatabase();
    await using server = await startGatehouse({ database, environment: { JOBS: "off" } });
    const { email, password } = await registerAccount(server.url);
    await database.query(`update "user" set email_verified_at = created_at`);
    const device = { installationId: "installation-1", platform: "ios" };
    const headers = { "user-agent": "another" };
    const body = { identifier: email, password };
    for (const named of [{}, { device }]) {
      const statements = await listStatements(() => login(server.url, { ...body, ...named }, headers));
      expect(statements, statements.join("\n")).toHaveLength(5);
      await database.query("update session set user_agent = 'the first' where user_agent = 'another'");
    }
    expect(await database.query("select from pgboss.job where data->>'template' = 'new-sign-in'")).toHaveLength(2);
  });
});
