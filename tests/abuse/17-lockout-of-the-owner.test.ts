import { describe, expect, test } from "vitest";
import { newDeviceSecret, newInstallationId } from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { failLogins, login } from "../support/logins.ts";
import { receiveToken } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";

const environment = { LIMIT_LOGIN_FAILURES_PER_ACCOUNT: "5", LIMIT_LOGIN_FAILURES_PER_IP: "20" };

const newDevice = () => ({
  installationId: newInstallationId(),
  platform: "ios",
  deviceSecret: newDeviceSecret(),
});

describe("row 17: others' guesses do not keep the owner out", () => {
  test("the owner signs in on a device of theirs while everybody else is refused", async () => {
    await using server = await startGatehouse({ environment });
    const device = newDevice();
    const { email: identifier, password } = await registerAccount(server.url, { device });
    expect(await failLogins(server.url, identifier, 6)).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await login(server.url, { identifier, password })).status).toBe(429);
    expect((await login(server.url, { identifier, password, device })).status).toBe(200);
    const basic = Buffer.from(`${identifier}:${password}`).toString("base64");
    const headers = { authorization: `Basic ${basic}` };
    expect((await rest(server.url, "/v1/auth/token", { body: { device }, headers })).status).toBe(200);
    // It is the owner's way in, and nobody else's wait is over for it.
    expect((await login(server.url, { identifier, password })).status).toBe(429);
  });

  test("the owner signs in on the device after a logout there, and after guesses at many accounts from their address", async () => {
    await using server = await startGatehouse({ environment });
    const device = newDevice();
    const { email: identifier, password, accessToken } = await registerAccount(server.url, { device });
    await rest(server.url, "/v1/auth/logout", { method: "POST", token: accessToken });
    for (let guess = 0; guess < 20; guess++) await failLogins(server.url, `nobody-${guess}@example.com`, 1);
    expect((await login(server.url, { identifier, password })).status).toBe(429);
    expect((await login(server.url, { identifier, password, device })).status).toBe(200);
  });

  test("a device must prove itself and belong to the owner", async () => {
    await using server = await startGatehouse({ environment });
    const device = newDevice();
    const { email: identifier, password } = await registerAccount(server.url, { device });
    const foreign = newDevice();
    await registerAccount(server.url, { device: foreign });
    const anonymous = newDevice();
    await rest(server.url, "/v1/devices", { body: anonymous });
    await failLogins(server.url, identifier, 5);
    const { deviceSecret, ...unproven } = device;
    for (const claimed of [unproven, { ...device, deviceSecret: newDeviceSecret() }, foreign, anonymous, newDevice()]) {
      expect((await login(server.url, { identifier, password, device: claimed })).status).toBe(429);
    }
    expect((await login(server.url, { identifier, password, device: { ...unproven, deviceSecret } })).status).toBe(200);
  });

  test("a holder of the device has no more guesses than others, and does not use up the guesses of others", async () => {
    await using server = await startGatehouse({ environment });
    const device = newDevice();
    const { email: identifier, password } = await registerAccount(server.url, { device });
    const guess = async () => (await login(server.url, { identifier, password: "wrong password", device })).status;
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) statuses.push(await guess());
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await login(server.url, { identifier, password })).status).toBe(200);
  });

  test("a signed-in owner can change the password meanwhile, and has no more guesses at it than others", async () => {
    await using server = await startGatehouse({ environment });
    const { email, password, accessToken: token } = await registerAccount(server.url);
    const change = async (currentPassword: string) => {
      const body = { currentPassword, newPassword: "another horse battery" };
      return (await rest(server.url, "/v1/auth/password", { method: "PUT", token, body })).status;
    };
    await failLogins(server.url, email, 5);
    expect((await login(server.url, { identifier: email, password })).status).toBe(429);
    const statuses: number[] = [];
    for (let guess = 0; guess < 4; guess++) statuses.push(await change(`guess ${guess}`));
    expect([...statuses, await change(password)]).toEqual([403, 403, 403, 403, 204]);
    for (let guess = 0; guess < 5; guess++) await change(`guess ${guess}`);
    expect(await change("another horse battery")).toBe(429);
  });

  test("an owner who resets the password by mail signs in with it at once", async () => {
    await using server = await startGatehouse({ environment });
    const { email } = await registerAccount(server.url);
    await failLogins(server.url, email, 6);
    await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
    const token = await receiveToken(server, email, "reset-password");
    const password = "another horse battery";
    await rest(server.url, "/v1/auth/password/reset", { body: { token, password } });
    expect((await login(server.url, { identifier: email, password })).status).toBe(200);
  });
});
