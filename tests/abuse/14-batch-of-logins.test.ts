import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { batch } from "../support/logins.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { readTables } from "../support/table-contents.ts";

/** So many logins in one HTTP request, all of them right. */
function batchOf(count: number, credentials: object) {
  const calls = Array.from({ length: count }, (_, index) => [index, { json: credentials }]);
  const path = `/rpc/${Array.from({ length: count }, () => "auth.login").join(",")}?batch=1`;
  return { path, body: Object.fromEntries(calls) };
}

describe("row 14: a batch of logins in one HTTP request", () => {
  test.each([51, 100, 1000])("of %i is refused as a whole: nobody is signed in", async (count) => {
    await using server = await startGatehouse({ environment: { MAX_BODY_BYTES: String(1024 * 1024) } });
    const { email: identifier, password } = await registerAccount(server.url);
    const before = await readTables(server.database);
    const { path, body } = batchOf(count, { identifier, password });
    const answer = await rest(server.url, path, { body });
    expect([answer.status, answer.body.error.json.data.code]).toEqual([400, "INVALID_REQUEST"]);
    expect(answer.body.error.json.data.requestId).toBe(answer.headers.get("x-request-id"));
    expect(await readTables(server.database)).toEqual(before);
  });

  test("of more paths than the headers hold is refused too", async () => {
    await using server = await startGatehouse();
    const { path, body } = batchOf(3000, { identifier: "ada", password: "x" });
    expect((await rest(server.url, path, { body })).status).toBe(431);
  });

  test("within the limit gets an answer for each call", async () => {
    await using server = await startGatehouse({ environment: { MAX_BATCH_SIZE: "50" } });
    const { email: identifier, password } = await registerAccount(server.url);
    const { path, body } = batchOf(50, { identifier, password });
    const wrong = { ...body, 7: { json: { identifier, password: "wrong" } } };
    const answer = await rest(server.url, path, { body: wrong });
    const codes = answer.body.map(
      (call: { error?: { json: { data: { code: string } } } }) => call.error?.json.data.code,
    );
    expect(codes).toEqual(Array.from({ length: 50 }, (_, index) => (index === 7 ? "INVALID_CREDENTIALS" : undefined)));
  });

  test("obeys the limit that the operator sets", async () => {
    await using server = await startGatehouse({ environment: { MAX_BATCH_SIZE: "2" } });
    const { path, body } = batchOf(3, { identifier: "ada", password: "x" });
    expect((await rest(server.url, path, { body })).status).toBe(400);
  });

  test("counts each login: those beyond the limit of the address are refused one by one", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_LOGINS_PER_IP_PER_MINUTE: "10" } });
    const inputs = Array.from({ length: 50 }, (_, index) => ({ identifier: `nobody-${index}`, password: "guess" }));
    const outcomes = await batch(server.url, "auth.login", inputs);
    expect(outcomes.filter((outcome) => outcome === "INVALID_CREDENTIALS")).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === "TOO_MANY_REQUESTS")).toHaveLength(40);
    expect(await batch(server.url, "auth.login", inputs)).toEqual(inputs.map(() => "TOO_MANY_REQUESTS"));
  });

  test("at one account gets no more guesses than separate requests", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_LOGIN_FAILURES_PER_ACCOUNT: "5" } });
    const { email: identifier } = await registerAccount(server.url);
    const inputs = Array.from({ length: 50 }, (_, index) => ({ identifier, password: `guess ${index}` }));
    const outcomes = await batch(server.url, "auth.login", inputs);
    expect(outcomes.filter((outcome) => outcome === "INVALID_CREDENTIALS")).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === "TOO_MANY_REQUESTS")).toHaveLength(45);
  });
});
