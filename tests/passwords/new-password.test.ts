import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";

const register = (url: string, fields: Readonly<Record<string, unknown>>) =>
  rest(url, "/v1/auth/register", { body: { email: "ada.lovelace@example.com", ...fields } });

test("a registration with a password that is easy to guess is refused with the reason", async () => {
  await using server = await startGatehouse();
  for (const password of ["password12345678", "Ada.Lovelace.1234", "ada.lovelace@example.com"]) {
    const { status, body } = await register(server.url, { password });
    expect([status, body.code]).toEqual([400, "PASSWORD_TOO_WEAK"]);
    const [{ message, reason }] = body.errors;
    expect(body.errors).toEqual([{ path: "password", message: body.detail, reason }]);
    expect([message, reason]).toEqual([expect.stringMatching(/^This password .+ Choose /), expect.any(String)]);
  }
  expect((await register(server.url, { password: "correct horse battery" })).status).toBe(201);
});

test("a password that the configured breach check knows is refused, and accepted while the check is down", async () => {
  const breached = "correct horse battery";
  const hash = createHash("sha1").update(breached).digest("hex").toUpperCase();
  const service = createServer((request, response) => {
    response.end(request.url === `/range/${hash.slice(0, 5)}` ? `${hash.slice(5)}:7` : "");
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const { port } = service.address() as AddressInfo;
  await using server = await startGatehouse({ environment: { BREACH_CHECK_URL: `http://127.0.0.1:${port}/range/` } });

  const { status, body } = await register(server.url, { password: breached });
  expect([status, body.code]).toEqual([400, "PASSWORD_TOO_WEAK"]);
  expect((await register(server.url, { password: "another horse battery" })).status).toBe(201);

  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
  expect((await register(server.url, { email: "grace@example.com", password: breached })).status).toBe(201);
});
