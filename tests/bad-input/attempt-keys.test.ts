import { describe, expect, test } from "vitest";
import { fitsHeader, type Transport, transports } from "../support/calls.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerAccount } from "../support/rest.ts";
import { readTables } from "../support/table-contents.ts";
import { operation } from "./wrong-tokens.ts";

const day = 24 * 60 * 60;

const refresh = (transport: Transport, { url }: TestGatehouse, refreshToken: string, attemptKey: unknown) =>
  transport.send(url, operation("auth.refresh"), { refreshToken, attemptKey });

const wrongKeys = [
  "",
  "x".repeat(15),
  "x".repeat(129),
  "x".repeat(10_000),
  '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
  "8e03978e-40d5-43e8-bc93-6894a57f9324,8e03978e-40d5-43e8-bc93-6894a57f9324",
  "sixteen characters ",
  "+/+/+/+/+/+/+/+/+/+/+w==",
  "ключ-попытки-ключ-попытки",
  "a key\nof two lines",
  1_234_567_890_123_456,
  null,
  true,
  ["8e03978e-40d5-43e8-bc93-6894a57f9324"],
  {},
];

describe.each(transports)("over $name, an attempt key", (transport) => {
  test("of another form is refused before anything is looked up, and ends nothing, even with a reused token", async () => {
    await using server = await startGatehouse();
    const { refreshToken } = await registerAccount(server.url);
    const key = crypto.randomUUID();
    const rotated = await refresh(transport, server, refreshToken, key);
    server.clock.advance(day);
    const before = await readTables(server.database);
    for (const wrong of wrongKeys) {
      const answer = await refresh(transport, server, refreshToken, wrong);
      expect([wrong, answer.status, answer.code]).toEqual([wrong, 400, "INVALID_INPUT"]);
      // What no header can hold comes in a body, which over REST has no such field.
      const sentAs = transport.name === "REST" && fitsHeader(wrong) ? "Idempotency-Key" : "attemptKey";
      expect(answer.errors.map(({ path }) => path)).toEqual([sentAs]);
      if (typeof wrong === "string" && wrong.length > 5) expect(answer.text).not.toContain(wrong);
    }
    expect(await readTables(server.database)).toEqual(before);
    expect((await refresh(transport, server, refreshToken, key)).output).toMatchObject({
      session: { refreshToken: (rotated.output as { session: { refreshToken: string } }).session.refreshToken },
    });
  });

  test.each(["x".repeat(16), "x".repeat(128), "8e03978e-40d5-43e8-bc93-6894a57f9324", "jgOXjkDVQ_i8k2iUpX-TJA"])(
    "such as %s is accepted",
    async (key) => {
      await using server = await startGatehouse();
      const { refreshToken } = await registerAccount(server.url);
      expect((await refresh(transport, server, refreshToken, key)).status).toBe(200);
      server.clock.advance(day);
      expect((await refresh(transport, server, refreshToken, key)).status).toBe(200);
    },
  );

  test("that differs in letter case is another key", async () => {
    await using server = await startGatehouse();
    const { refreshToken } = await registerAccount(server.url);
    await refresh(transport, server, refreshToken, "abcdefghijklmnopqrstuv");
    server.clock.advance(day);
    const answer = await refresh(transport, server, refreshToken, "Abcdefghijklmnopqrstuv");
    expect([answer.status, answer.code]).toEqual([401, "REFRESH_TOKEN_REUSED"]);
  });
});
