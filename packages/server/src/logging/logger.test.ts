import { once } from "node:events";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createLogger } from "./logger.ts";

async function logLine(logged: object): Promise<Record<string, unknown>> {
  const lines = new PassThrough();
  const log = await createLogger({ level: "info", format: "json" }, lines);
  log.info(logged, "something happened");
  return JSON.parse(String(lines.read()));
}

test("secrets are redacted at any depth, in lists and in any letter case, and nothing else is", async () => {
  const line = await logLine({
    user: "ada",
    code: "EMAIL_TAKEN",
    password: "correct horse",
    request: { headers: { Authorization: "Bearer abc", host: "localhost" } },
    proof: { magicLinkToken: "q3N0" },
    sessions: [{ id: 1, refreshToken: "abc.0.def" }],
  });
  expect(line).toMatchObject({
    user: "ada",
    code: "EMAIL_TAKEN",
    password: "[redacted]",
    request: { headers: { Authorization: "[redacted]", host: "localhost" } },
    proof: { magicLinkToken: "[redacted]" },
    sessions: [{ id: 1, refreshToken: "[redacted]" }],
  });
});

test("API keys are shortened everywhere, in addresses and errors too", async () => {
  const key = "gatehouse_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13sRzl1";
  const shown = "gatehouse_yhjskw…";
  const line = await logLine({
    path: `/v1/auth/api-keys/${key}`,
    seen: [key],
    err: new Error(`no ${key}`),
    apiKey: key,
  });
  expect(line).toMatchObject({ path: `/v1/auth/api-keys/${shown}`, seen: [shown], apiKey: "[redacted]" });
  expect(line["err"]).toMatchObject({ message: `no ${shown}`, stack: expect.stringContaining(`no ${shown}`) });
  expect(JSON.stringify(line)).not.toContain(key);
});

test("fields that a library adds to its error are redacted, and its message and code stay", async () => {
  const error = Object.assign(new Error("refused"), { code: "23505", config: { headers: { cookie: "s=1" } } });
  const { err } = await logLine({ err: error });
  expect(err).toMatchObject({ message: "refused", code: "23505", config: { headers: { cookie: "[redacted]" } } });
});

test("values that are nested too deep or contain themselves do not break the log", async () => {
  const circular: Record<string, unknown> = {};
  circular["itself"] = circular;
  expect(await logLine({ circular })).toMatchObject({ msg: "something happened" });
});

test("a line of the pretty format has the message and no process id", async () => {
  const lines = new PassThrough();
  const log = await createLogger({ level: "info", format: "pretty" }, lines);
  log.info("Server listening");
  const [line] = await once(lines, "data");
  expect(String(line)).toContain("Server listening");
  expect(String(line)).not.toContain(String(process.pid));
});
