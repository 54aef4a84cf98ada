import { expect, test } from "vitest";
import { createClient } from "./create-client.ts";
import { isGatehouseError } from "./gatehouse-error.ts";
import { FakeServer, Refusal } from "./testing/fake-server.ts";

async function failureOf(fetch: typeof globalThis.fetch): Promise<unknown> {
  const client = createClient({ url: "http://gatehouse.test", fetch });
  return await client.auth.login.mutate({ identifier: "ada", password: "correct horse" }).catch((error) => error);
}

test("isGatehouseError recognises an answer of the server by its code", async () => {
  const server = new FakeServer().on("auth.login", () => {
    throw new Refusal("INVALID_CREDENTIALS");
  });
  const error = await failureOf(server.fetch);
  expect(isGatehouseError(error)).toBe(true);
  expect(isGatehouseError(error, "INVALID_CREDENTIALS")).toBe(true);
  expect(isGatehouseError(error, "EMAIL_TAKEN", "INVALID_CREDENTIALS")).toBe(true);
  expect(isGatehouseError(error, "EMAIL_TAKEN")).toBe(false);
});

test.each<[string, typeof globalThis.fetch]>([
  ["a network that is down", () => Promise.reject(new TypeError("fetch failed"))],
  ["a proxy's page", async () => new Response("<h1>Bad gateway</h1>", { status: 502 })],
  ["a proxy's JSON", async () => Response.json({ message: "Bad gateway" }, { status: 502 })],
  [
    "another tRPC server",
    async () => Response.json([{ error: { json: { message: "", code: -32_004, data: { code: "X" } } } }]),
  ],
  ["an empty answer", async () => new Response(null, { status: 504 })],
])("%s is not an answer of the server", async (_, fetch) => {
  const error = await failureOf(fetch);
  expect(error).toBeInstanceOf(Error);
  expect(isGatehouseError(error)).toBe(false);
});

test.each([undefined, null, "EMAIL_TAKEN", new Error("EMAIL_TAKEN"), { data: { code: "EMAIL_TAKEN", errors: [] } }])(
  "%o is not an answer of the server",
  (value) => expect(isGatehouseError(value)).toBe(false),
);
