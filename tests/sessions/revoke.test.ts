import { describe, expect, test } from "vitest";
import { newInstallationId } from "../support/devices.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

type Tokens = Pick<Account, "accessToken">;

const revoke = (url: string, { accessToken }: Tokens, id: string) =>
  rest(url, `/v1/auth/sessions/${id}`, { method: "DELETE", token: accessToken });

const fetchMe = (url: string, { accessToken }: Tokens) => rest(url, "/v1/users/me", { token: accessToken });

const refresh = (url: string, { refreshToken }: Pick<Account, "refreshToken">) =>
  rest(url, "/v1/auth/refresh", { body: { refreshToken } });

async function signIn({ url }: TestGatehouse, { email, password }: Account, fields: object = {}) {
  return (await login(url, { identifier: email, password, ...fields })).body.session;
}

async function currentId(url: string, { accessToken }: Tokens): Promise<string> {
  return (await rest(url, "/v1/auth/status", { token: accessToken })).body.session.id;
}

const shared = shareGatehouse();

describe("a session that its user revokes from another", () => {
  test("stops working with all its tokens, and the others stay", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const [lost, kept] = [await signIn(server, ada), await signIn(server, ada)];
    expect((await fetchMe(server.url, lost)).status).toBe(200);
    expect(await revoke(server.url, ada, lost.id)).toMatchObject({ status: 204, body: undefined });
    expect((await fetchMe(server.url, lost)).body.code).toBe("ACCESS_TOKEN_INVALID");
    expect((await refresh(server.url, lost)).body.code).toBe("REFRESH_TOKEN_INVALID");
    for (const session of [ada, kept]) expect((await fetchMe(server.url, session)).status).toBe(200);
    expect((await refresh(server.url, kept)).status).toBe(200);
  });

  test("may be the calling session itself, which is a logout", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    expect((await revoke(server.url, ada, await currentId(server.url, ada))).status).toBe(204);
    expect((await fetchMe(server.url, ada)).status).toBe(401);
    expect((await refresh(server.url, ada)).status).toBe(401);
  });

  test("may have ended already, so that a retry succeeds", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const other = await signIn(server, ada);
    const both = await Promise.all([revoke(server.url, ada, other.id), revoke(server.url, ada, other.id)]);
    expect([...both, await revoke(server.url, ada, other.id)].map(({ status }) => status)).toEqual([204, 204, 204]);
  });

  test("keeps the time and the reason of its first end", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const other = await signIn(server, ada);
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: other.accessToken });
    const row = () =>
      server.database?.query("select revoked_at, revoked_reason from session where public_id = $1", [other.id]);
    const before = await row();
    server.clock.advance(60);
    await revoke(server.url, ada, other.id);
    expect(await row()).toEqual(before);
  });

  test("makes its device inactive, unless another session of the user is on it", async () => {
    const server = shared();
    const device = { installationId: newInstallationId(), platform: "ios" };
    const ada = await registerAccount(server.url);
    const [first, second] = [await signIn(server, ada, { device }), await signIn(server, ada, { device })];
    const isActive = async () =>
      (await rest(server.url, "/v1/devices", { token: ada.accessToken })).body.items[0].active;
    await revoke(server.url, ada, first.id);
    expect(await isActive()).toBe(true);
    await revoke(server.url, ada, second.id);
    expect(await isActive()).toBe(false);
  });
});

describe("a session that is not the caller's", () => {
  test("is not found, whether or not it exists, and goes on", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const theirs = await revoke(server.url, bob, await currentId(server.url, ada));
    const nobodys = await revoke(server.url, bob, crypto.randomUUID());
    expect([theirs.status, theirs.body.code]).toEqual([404, "NOT_FOUND"]);
    expect({ ...nobodys.body, requestId: "" }).toEqual({ ...theirs.body, requestId: "" });
    expect((await fetchMe(server.url, ada)).status).toBe(200);
  });

  test("is refused as bad input when the id is not an id", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (const id of ["1", "me", `${crypto.randomUUID()}x`]) {
      expect((await revoke(server.url, ada, id)).body.errors[0].path).toBe("id");
    }
  });
});
