import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { readTables } from "../support/table-contents.ts";

/** So many logins in one HTTP request, all of them right. */
function batchOf(count: number, credentials: object) {
  const calls = Array.from({ length: count }, (_, index) => [index, { json: credentials }]);
  const path = `/rpc/${Array.from({ length: count }, () => "auth.login").join(",")}?batch=1`;
  return { path, body: Object.fromEntries(calls) };
}

describe("row 14: a batch of logins in one HTTP request", () => {
  test.each([51, 100, 1000])("of %i is refused whole: nobody is signed in", async (count) => {
    await using server = await startGatehouse();
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

  test("of as many as the limit allows is answered call by call", async () => {
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
});
