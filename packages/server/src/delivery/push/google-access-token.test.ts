import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { fcmServiceAccount } from "./config.ts";
import { fetchAccessToken } from "./google-access-token.ts";

const now = new Date("2030-01-01T00:00:00Z");

/** Fetches a token from a server of this machine that gives this answer. */
async function fetchFrom(answer: string) {
  const server = createServer((request, response) => request.resume().on("end", () => response.end(answer)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // The server listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const account = {
    type: "service_account",
    project_id: "acme",
    private_key_id: "0123456789abcdef",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: "sender@acme.iam.gserviceaccount.com",
    token_uri: `http://127.0.0.1:${port}/token`,
  };
  const serviceAccount = fcmServiceAccount.parse(JSON.stringify(account));
  try {
    return await fetchAccessToken({ serviceAccount }, { now, timeoutMillis: 30_000 });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("an access token is believed for a day at most, however long the answer says that it lives", async () => {
  const { expiresAt } = await fetchFrom('{"access_token":"ya29.token","expires_in":1e300}');
  expect(expiresAt).toEqual(new Date("2030-01-02T00:00:00Z"));
});

test.each([
  ["is no JSON", "<html>"],
  ["has no token", '{"expires_in":3600}'],
  ["has a token that no header can carry", '{"access_token":"ya29.token\\n","expires_in":3600}'],
  ["has a token with other letters than ASCII", '{"access_token":"ya29.ü","expires_in":3600}'],
  ["has a lifetime that is no number", '{"access_token":"ya29.token","expires_in":"soon"}'],
])("an answer that %s makes the service wait", async (_what, answer) => {
  await expect(fetchFrom(answer)).rejects.toMatchObject({
    outcome: { status: "retry", scope: "service", reason: "the answer contains no access token" },
  });
});
