import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { createRole, registerProvenAdmin, registerWithRoles, setRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { messagesTo, settle } from "../support/mailbox.ts";
import { newNumber, registerByPhone, withPhones } from "../support/phone-accounts.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { registerByUsername } from "../support/usernames.ts";

const server = shareGatehouse({ environment: withPhones });
const chosen = "another horse staple";

const newUsername = () => `u${crypto.randomUUID().slice(0, 13)}`;
const tokenOf = ({ url }: { readonly url: string }) => new URL(url).hash.slice("#token=".length);

const create = (by: { readonly accessToken: string }, body: object) =>
  rest(server().url, "/v1/users", { token: by.accessToken, body });

const createLink = (by: { readonly accessToken: string }, id: string) =>
  rest(server().url, `/v1/users/${id}/password-link`, { method: "POST", token: by.accessToken });

const choosePassword = (link: { readonly url: string }, password = chosen) =>
  rest(server().url, "/v1/auth/password/reset", { body: { token: tokenOf(link), password } });

const login = (identifier: string, password = chosen) =>
  rest(server().url, "/v1/auth/login", { body: { identifier, password } });

const actionsAbout = async (id: string) =>
  (
    await runSql(
      server().gatehouse.deps.db,
      `select action from audit_event where target_id = '${id}' and actor_id is distinct from '${id}' order by id`,
    )
  ).rows.map(({ action }) => action);

describe("an account that an operator creates without an address", () => {
  test.each([
    ["by a username", () => ({ username: newUsername() }), "username"],
    ["by a telephone number", () => ({ phone: newNumber() }), "phone"],
  ] as const)("%s is entered by a link that the operator passes on, once", async (_how, name, field) => {
    const admin = await registerWithRoles(server());
    const named: Readonly<Record<string, string>> = name();
    const identifier = named[field] ?? "";
    const { status, body } = await create(admin, named);
    expect([status, body.email, body[field]]).toEqual([201, null, identifier]);
    const days = (Date.parse(body.passwordLink.expiresAt) - server().clock.now().getTime()) / 86_400_000;
    expect([body.passwordLink.url, days]).toEqual([
      expect.stringMatching(/\/account\/reset-password#token=[\w-]{43}$/),
      7,
    ]);
    expect((await login(identifier, "")).status).toBe(400);
    const inspected = await rest(server().url, "/v1/auth/password/reset/inspect", {
      body: { token: tokenOf(body.passwordLink) },
    });
    expect(inspected.body).toEqual({ email: null, identifier, redirectTo: null });
    expect((await choosePassword(body.passwordLink)).status).toBe(204);
    expect((await choosePassword(body.passwordLink)).body.code).toBe("PASSWORD_RESET_TOKEN_INVALID");
    expect((await login(identifier)).body.user).toMatchObject({ id: body.id, [field]: identifier });
    expect(await actionsAbout(body.id)).toEqual(["user.created", "password.link_created", "password.reset"]);
    await settle(server());
    expect(await messagesTo(server(), identifier)).toEqual([]);
  });

  test("has no taken name, and none that the server does not allow", async () => {
    const admin = await registerWithRoles(server());
    const { phone } = await registerByPhone(server());
    const taken = await create(admin, { phone });
    expect([taken.status, taken.body.code]).toEqual([409, "PHONE_TAKEN"]);
    const both = await create(admin, { phone: newNumber(), email: "ada@example.com" });
    expect([both.status, both.body.errors[0].path]).toEqual([400, "phone"]);
    const none = await create(admin, { givenName: "Ada" });
    expect([none.status, none.body.errors.map(({ path }: { path: string }) => path)]).toEqual([
      400,
      ["email", "username", "phone"],
    ]);
    await using strict = await startGatehouse();
    const { accessToken: token } = await registerWithRoles(strict);
    for (const body of [{ username: newUsername() }, { phone: newNumber() }]) {
      expect((await rest(strict.url, "/v1/users", { token, body })).body.code).toBe("INVALID_INPUT");
    }
  });

  test("with an address gets a mail, and the operator no link", async () => {
    const admin = await registerWithRoles(server());
    const { status, body } = await create(admin, { email: `${crypto.randomUUID()}@example.com` });
    expect([status, body.passwordLink]).toEqual([201, null]);
  });
});

describe("a link to a new password for an account without an address", () => {
  test("ends the password and the sessions at once, and lets its user back in", async () => {
    const admin = await registerWithRoles(server());
    const { username, password, userId, accessToken: token } = await registerByUsername(server().url);
    const { status, body } = await createLink(admin, userId);
    expect(status).toBe(201);
    expect((await rest(server().url, "/v1/users/me", { token })).status).toBe(401);
    expect((await login(username, password)).body.code).toBe("INVALID_CREDENTIALS");
    expect((await choosePassword(body)).status).toBe(204);
    expect((await login(username)).status).toBe(200);
    const actions = await actionsAbout(userId);
    expect(actions.toSorted()).toEqual(["password.link_created", "password.removed", "password.reset"]);
  });

  test("leaves a number as it is, and its user signs in by it", async () => {
    const admin = await registerWithRoles(server());
    const { phone, userId } = await registerByPhone(server());
    await choosePassword((await createLink(admin, userId)).body);
    expect((await login(phone)).body.user).toMatchObject({ phone, phoneVerified: true });
  });

  test("is refused for an account with an address, which gets mail", async () => {
    const admin = await registerWithRoles(server());
    const { userId, accessToken: token } = await registerAccount(server().url);
    const { status, body } = await createLink(admin, userId);
    expect([status, body.code]).toEqual([409, "EMAIL_PRESENT"]);
    expect((await rest(server().url, "/v1/users/me", { token })).status).toBe(200);
  });

  test("stops working once the account has an address", async () => {
    const admin = await registerWithRoles(server());
    const { body } = await create(admin, { username: newUsername() });
    const email = `${crypto.randomUUID()}@example.com`;
    await runSql(
      server().gatehouse.deps.db,
      `update "user" set email = '${email}', email_canonical = '${email}' where public_id = '${body.id}'`,
    );
    expect((await choosePassword(body.passwordLink)).body.code).toBe("PASSWORD_RESET_TOKEN_INVALID");
  });

  test("is for those alone who have the permission, a recent proof, and all rights of the account", async () => {
    const { userId } = await registerByUsername(server().url);
    const support = await registerWithRoles(server(), ["support"]);
    expect((await createLink(support, userId)).body.code).toBe("FORBIDDEN");
    const admin = await registerProvenAdmin(server());
    const role = `role-${crypto.randomUUID().slice(0, 8)}`;
    await createRole(server().url, admin, { name: role, permissions: ["user:recover"] });
    const helper = await registerWithRoles(server(), [role]);
    await setRoles(server().url, admin, userId, ["admin"]);
    expect((await createLink(helper, userId)).body.code).toBe("FORBIDDEN");
    await setRoles(server().url, admin, userId, []);
    const key = await makeApiKey(server().url, admin, { scopes: ["user:read"] });
    expect((await createLink({ accessToken: key.secret }, userId)).status).toBe(403);
    expect((await createLink(helper, userId)).status).toBe(201);
  });

  test("asks for a proof again where the session is older", async () => {
    await using lasting = await startGatehouse({ environment: { ...withPhones, ACCESS_TOKEN_TTL_SECONDS: "3600" } });
    const { accessToken: token } = await registerWithRoles(lasting);
    const { userId } = await registerByUsername(lasting.url);
    lasting.clock.advance(901);
    const path = `/v1/users/${userId}/password-link`;
    expect((await rest(lasting.url, path, { method: "POST", token })).body.code).toBe("STEP_UP_REQUIRED");
  });
});
