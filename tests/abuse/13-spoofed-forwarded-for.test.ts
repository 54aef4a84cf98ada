import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";

const forged = { "x-forwarded-for": "198.51.100.66", "x-real-ip": "198.51.100.66", forwarded: "for=198.51.100.66" };

/** Registers somebody with these headers; answers with the address that the session and the log remember. */
async function addressSeen(trustedProxies: string, headers: Readonly<Record<string, string>>) {
  const lines: string[] = [];
  const environment = { TRUSTED_PROXIES: trustedProxies };
  await using server = await startGatehouse({ environment, onLog: (line) => lines.push(line) });
  const body = { email: "ada@example.com", password: "correct horse battery" };
  expect((await rest(server.url, "/v1/auth/register", { body, headers })).status).toBe(201);
  const [session] = (await server.database?.query("select ip from session")) ?? [];
  await server.gatehouse.close();
  const logged = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === "request");
  expect(logged.ip).toBe(session?.["ip"]);
  return session?.["ip"];
}

describe.skipIf(postgresUnreachable)("row 13: spoofed X-Forwarded-For", () => {
  test("without a trusted proxy, the address is the caller's own whatever the headers say", async () => {
    expect(await addressSeen("", forged)).toBe("127.0.0.1");
  });

  test("a caller who is no trusted proxy is not believed, although there are some", async () => {
    expect(await addressSeen("10.0.0.0/8,192.0.2.1", forged)).toBe("127.0.0.1");
  });

  test("behind a trusted proxy, the address is the last that no trusted proxy added", async () => {
    expect(await addressSeen("loopback", { "x-forwarded-for": "203.0.113.9" })).toBe("203.0.113.9");
    expect(await addressSeen("loopback", { "x-forwarded-for": "198.51.100.66, 203.0.113.9" })).toBe("203.0.113.9");
    const behindTwo = { "x-forwarded-for": "198.51.100.66, 203.0.113.9, 10.1.2.3" };
    expect(await addressSeen("loopback,10.0.0.0/8", behindTwo)).toBe("203.0.113.9");
  });
});
