import { describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { resetWhenDue } from "../../packages/server/src/user/administration/second-factors.ts";
import { createRole, giveRoles, registerWithRoles } from "../support/administrators.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { receive, settle } from "../support/mailbox.ts";
import { rest } from "../support/rest.ts";
import { addAuthenticator, answer, login } from "../support/second-factor.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();

const hours = 3600;

/** An account with a proven address and an app, and an operator who may reset it. */
async function scene() {
  const server = shared();
  const account = await registerProven(server);
  const app = await addAuthenticator(server, account.accessToken);
  const operator = await registerWithRoles(server, ["admin"]);
  return { server, operator, ada: { ...account, ...app } };
}

function reset(
  server: TestGatehouse,
  { accessToken: token }: { readonly accessToken: string },
  id: string,
  method = "POST",
) {
  return rest(server.url, `/v1/users/${id}/second-factors/reset`, { method, token });
}

/** Registers a user whose role has these permissions. */
async function registerWithPermissions(server: TestGatehouse, permissions: readonly string[]) {
  const name = `desk-${crypto.randomUUID().slice(0, 8)}`;
  const created = await createRole(server.url, await registerWithRoles(server), { name, permissions });
  expect(created.status).toBe(201);
  return await registerWithRoles(server, [name]);
}

async function details({ server, operator, ada }: Awaited<ReturnType<typeof scene>>) {
  // The operator signs in anew, because the tests move the clock.
  const { body } = await login(server, operator);
  const read = await rest(server.url, `/v1/users/${ada.userId}`, { token: body.session.accessToken });
  return { factors: read.body.secondFactors, resetAt: read.body.secondFactorResetAt };
}

/** Does what the job does when the queue finds it due. */
async function runDue(server: TestGatehouse, dueAt: string, publicId: string): Promise<void> {
  const { deps } = server.gatehouse;
  const user = await deps.db
    .selectFrom("user")
    .select("id")
    .where("public_id", "=", publicId)
    .executeTakeFirstOrThrow();
  await resetWhenDue({ ...deps, call: systemCall }, { userId: user.id, dueAt });
}

test("an operator's reset waits a day, tells the owner, and then ends factors, codes, challenges and sessions", async () => {
  const all = await scene();
  const { server, operator, ada } = all;
  const asked = await reset(server, operator, ada.userId);
  const { resetAt } = asked.body;
  expect([asked.status, new Date(resetAt).getTime()]).toEqual([202, server.clock.now().getTime() + 24 * hours * 1000]);
  expect(await details(all)).toEqual({ factors: ["totp"], resetAt });
  expect((await receive(server, ada.email, "second-factor-reset-requested")).text).toContain("recovery code");
  expect((await reset(server, operator, ada.userId)).body.resetAt).toBe(resetAt);
  expect((await login(server, ada)).body.status).toBe("mfa_required");
  await expect(runDue(server, resetAt, ada.userId)).rejects.toThrow("not time yet");
  server.clock.advance(24 * hours);
  const waiting = await login(server, ada);
  await runDue(server, resetAt, ada.userId);
  expect(await details(all)).toEqual({ factors: [], resetAt: null });
  const [recoveryCode] = ada.recoveryCodes;
  expect((await answer(server, waiting.body.challenge, { recoveryCode })).body.code).toBe("MFA_CHALLENGE_INVALID");
  expect((await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: ada.refreshToken } })).status).toBe(401);
  expect((await login(server, ada)).body.status).toBe("signed_in");
  await settle(server);
  await receive(server, ada.email, "second-factors-reset");
});

describe("a reset is stopped", () => {
  test("by a sign-in with a second factor, or with a recovery code", async () => {
    for (const kind of ["code", "recoveryCode"] as const) {
      const all = await scene();
      const { server, operator, ada } = all;
      const { resetAt } = (await reset(server, operator, ada.userId)).body;
      const { body } = await login(server, ada);
      const factor = kind === "code" ? { code: ada.code() } : { recoveryCode: ada.recoveryCodes[0] };
      expect((await answer(server, body.challenge, factor)).status).toBe(200);
      server.clock.advance(25 * hours);
      await runDue(server, resetAt, ada.userId);
      expect(await details(all)).toEqual({ factors: ["totp"], resetAt: null });
    }
  });

  test("by a code in a session, and not by the password alone", async () => {
    const all = await scene();
    const { server, operator, ada } = all;
    const { resetAt } = (await reset(server, operator, ada.userId)).body;
    const sudo = (body: object) => rest(server.url, "/v1/auth/sudo", { token: ada.accessToken, body });
    expect((await sudo({ password: ada.password })).status).toBe(200);
    expect((await details(all)).resetAt).toBe(resetAt);
    expect((await sudo({ code: ada.code() })).status).toBe(200);
    expect((await details(all)).resetAt).toBeNull();
  });

  test("by an operator, and another one then has a time of its own", async () => {
    const all = await scene();
    const { server, operator, ada } = all;
    const first = (await reset(server, operator, ada.userId)).body.resetAt;
    expect((await reset(server, operator, ada.userId, "DELETE")).status).toBe(204);
    expect((await reset(server, operator, ada.userId, "DELETE")).body.code).toBe("NOT_FOUND");
    server.clock.advance(60);
    const second = (await reset(server, operator, ada.userId)).body.resetAt;
    expect(second).not.toBe(first);
    server.clock.advance(24 * hours);
    await runDue(server, first, ada.userId);
    expect((await details(all)).factors).toEqual(["totp"]);
    await runDue(server, second, ada.userId);
    expect((await details(all)).factors).toEqual([]);
  });
});

test("a proof that races the due reset either keeps the factors or comes too late", async () => {
  const all = await scene();
  const { server, operator, ada } = all;
  const { resetAt } = (await reset(server, operator, ada.userId)).body;
  server.clock.advance(24 * hours);
  const { body } = await login(server, ada);
  const [proven] = await Promise.all([
    answer(server, body.challenge, { code: ada.code() }),
    runDue(server, resetAt, ada.userId),
  ]);
  const { factors, resetAt: pending } = await details(all);
  expect([proven.status === 200 ? ["totp"] : [], null]).toEqual([factors, pending]);
  const status = await rest(server.url, "/v1/auth/status", {
    token: proven.body.session?.accessToken ?? ada.accessToken,
  });
  expect(status.status).toBe(proven.status === 200 ? 200 : 401);
});

describe("a reset is refused", () => {
  test("for an account without a second factor, and for none", async () => {
    const { server, operator } = await scene();
    const bob = await registerProven(server);
    expect((await reset(server, operator, bob.userId)).body.code).toBe("SECOND_FACTOR_MISSING");
    expect((await reset(server, operator, crypto.randomUUID())).status).toBe(404);
  });

  test("to who may not, and over who may do more", async () => {
    const { server, ada } = await scene();
    const support = await registerWithPermissions(server, ["user:read", "user:update"]);
    expect((await reset(server, support, ada.userId)).status).toBe(403);
    const may = await registerWithPermissions(server, ["user:reset_second_factors"]);
    await giveRoles(server, ada.userId, ["admin"]);
    for (const method of ["POST", "DELETE"]) {
      expect((await reset(server, may, ada.userId, method)).body.code).toBe("FORBIDDEN");
    }
  });
});
