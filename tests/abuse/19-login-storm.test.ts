import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { countStatuses, login } from "../support/logins.ts";
import { type RestResponse, registerAccount, rest } from "../support/rest.ts";

/** Hashes so dear that those which wait outlast everything that is called beside them. */
const environment = {
  PASSWORD_HASH_MEMORY_KIB: "65536",
  PASSWORD_HASH_PASSES: "3",
  PASSWORD_HASH_CONCURRENCY: "1",
  PASSWORD_HASH_MAX_WAITING: "15",
};

const storm = 300;
const callsBeside = 15;

/** The first of the answers that is a refusal; fails if none is. */
function firstRefused(logins: readonly Promise<RestResponse>[]): Promise<RestResponse> {
  return Promise.any(
    logins.map(async (answering) => {
      const answer = await answering;
      if (answer.status !== 429) throw new Error(`answered ${answer.status}`);
      return answer;
    }),
  );
}

describe("row 19: a login storm", () => {
  test("beyond the hashing capacity is refused while it lasts, and signed-in users are served throughout", async () => {
    await using server = await startGatehouse({ environment });
    const { accessToken } = await registerAccount(server.url);
    let unanswered = storm;
    const logins = Array.from({ length: storm }, async (_, index) => {
      const answer = await login(server.url, { identifier: `nobody-${index}@example.com`, password: "guess" });
      unanswered -= 1;
      return answer;
    });
    const refusal = await firstRefused(logins);
    const served: number[] = [];
    for (let call = 0; call < callsBeside; call++) {
      served.push((await rest(server.url, "/v1/users/me", { token: accessToken })).status);
    }
    // The storm outlasts them: who was refused had not waited for who was let in, nor had the users.
    expect(unanswered).toBeGreaterThan(0);
    expect(refusal.body.code).toBe("TOO_MANY_REQUESTS");
    expect(served).toEqual(Array.from({ length: callsBeside }, () => 200));
    const answers = await Promise.all(logins);
    expect(Object.keys(countStatuses(answers))).toEqual(["401", "429"]);
    for (const { status, headers } of answers) {
      expect(Number(headers.get("retry-after")) > 0).toBe(status === 429);
    }
  });

  test("is refused before it is counted, so that its users get in when it is over", async () => {
    await using server = await startGatehouse({
      environment: { ...environment, LIMIT_LOGINS_PER_IP_PER_MINUTE: String(storm / 2) },
    });
    const account = await registerAccount(server.url);
    const answers = await Promise.all(
      Array.from({ length: storm }, (_, index) =>
        login(server.url, { identifier: `nobody-${index}@example.com`, password: "guess" }),
      ),
    );
    expect(Object.keys(countStatuses(answers))).toEqual(["401", "429"]);
    const { email: identifier, password } = account;
    expect((await login(server.url, { identifier, password })).status).toBe(200);
  });

  test("from one address is refused at the limit, before any password is hashed", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_LOGINS_PER_IP_PER_MINUTE: "20" } });
    const account = await registerAccount(server.url);
    const answers = await Promise.all(
      Array.from({ length: storm }, (_, index) =>
        login(server.url, { identifier: `nobody-${index}@example.com`, password: "guess" }),
      ),
    );
    expect(countStatuses(answers)).toEqual({ 401: 20, 429: storm - 20 });
    expect((await rest(server.url, "/v1/users/me", { token: account.accessToken })).status).toBe(200);
  });

  test("of step-ups by a signed-in user is refused at the user's limit, across sessions", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_PASSWORD_PROOFS_PER_USER_PER_HOUR: "4" } });
    const { email: identifier, password, accessToken } = await registerAccount(server.url);
    const elsewhere = await login(server.url, { identifier, password });
    const statuses: number[] = [];
    for (const token of [accessToken, elsewhere.body.session.accessToken]) {
      const changes = { currentPassword: "not my password", newPassword: "another horse battery" };
      const proof = { password: "not my password" };
      statuses.push((await rest(server.url, "/v1/auth/password", { method: "PUT", token, body: changes })).status);
      statuses.push((await rest(server.url, "/v1/auth/sudo", { token, body: proof })).status);
      statuses.push((await rest(server.url, "/v1/auth/password", { method: "PUT", token, body: changes })).status);
    }
    expect(statuses).toEqual([403, 403, 403, 403, 429, 429]);
  });
});
