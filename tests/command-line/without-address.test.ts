import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { startOperatedServer } from "../support/operated-server.ts";
import { newNumber, registerByPhone, withPhones } from "../support/phone-accounts.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { registerByUsername } from "../support/usernames.ts";

const password = "another horse staple";
const newUsername = () => `u${crypto.randomUUID().slice(0, 13)}`;

/** The token of the link that a command printed in a line of its own. */
const tokenIn = (stdout: string) =>
  /^http:\/\/gatehouse\.test\/account\/reset-password#token=([\w-]{43})$/m.exec(stdout)?.[1];

describe.skipIf(postgresUnreachable)("gatehouse user, for accounts without an address,", () => {
  const scene = share(() => startOperatedServer(withPhones));
  const run = (...args: readonly string[]) => scene().run(...args);
  const login = (identifier: string) => rest(scene().server.url, "/v1/auth/login", { body: { identifier, password } });
  const reset = (token: string | undefined) =>
    rest(scene().server.url, "/v1/auth/password/reset", { body: { token, password } });

  test("creates one by a username or a number, and prints the link to its password", async () => {
    for (const [option, name] of [
      ["--username", newUsername()],
      ["--phone", newNumber()],
    ] as const) {
      const { code, stdout, stderr } = await run("user", "create", option, name, "--role", "support");
      expect([code, stderr]).toEqual([0, ""]);
      const [created, hint, link] = stdout.trimEnd().split("\n");
      expect(created).toMatch(/^Created \S+ \([\da-f-]{36}\), with the role support\.$/);
      expect(created?.startsWith(`Created ${name} (`)).toBe(true);
      expect(hint).toBe("Give this link to its owner and nobody else. It works once, for seven days:");
      expect((await reset(tokenIn(link ?? ""))).status).toBe(204);
      expect((await login(name)).status).toBe(200);
    }
  });

  test("creates one with a password from standard input", async () => {
    const username = newUsername();
    const created = await scene().runWithInput(
      `${password}\n`,
      "user",
      "create",
      "--username",
      username,
      "--password-stdin",
    );
    expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining("The password works at once.") });
    expect((await login(username)).status).toBe(200);
  });

  test("refuses one without any name, with a taken number, and with a number that is none", async () => {
    const { phone } = await registerByPhone(scene().server);
    for (const [args, code, stderr] of [
      [[], 2, /^Name the account: an address, --username or --phone\.\n/],
      [["--phone", "600"], 2, /^phone: Must be a telephone number/],
      [["--phone", newNumber(), "ada@example.com"], 2, /^phone: An account with an email address/],
      [["--phone", phone], 1, /^The telephone number is taken\. "gatehouse user find" shows whose it is\.\n$/],
    ] as const) {
      expect(await run("user", "create", ...args)).toEqual({ code, stdout: "", stderr: expect.stringMatching(stderr) });
    }
  });

  test("names them by their username or their number, and finds them by either", async () => {
    const named = await registerByUsername(scene().server.url);
    const numbered = await registerByPhone(scene().server);
    const spaced = `${numbered.phone.slice(0, 3)} ${numbered.phone.slice(3)}`;
    for (const [name, given, { userId }] of [
      [named.username, named.username, named],
      [numbered.phone, spaced, numbered],
    ] as const) {
      const row = (await run("user", "find", userId)).stdout.trimEnd().split("\n").at(-1);
      expect(row).toContain(name);
      expect(await run("user", "end-sessions", given)).toEqual({
        code: 0,
        stdout: `Ended every session of ${name} (${userId}).\n`,
        stderr: "",
      });
      const disabled = await run("user", "disable", given, "--reason", "Spam");
      expect(disabled.stdout).toBe(`Disabled ${name} (${userId}).\n`);
      expect((await run("user", "enable", given)).stdout).toBe(`${name} (${userId}) is active.\n`);
      const deleted = await run("user", "delete", given, "--yes");
      expect(deleted.stdout).toMatch(/^Deleted .+ \([\da-f-]{36}\)\. For 30 days "gatehouse user restore /);
      expect((await run("user", "restore", given)).stdout).toBe(`Restored ${name} (${userId}), which is active.\n`);
    }
  });

  test("prints a link by which their users get back in, and not those with an address", async () => {
    const { phone, userId, accessToken: token } = await registerByPhone(scene().server);
    const { code, stdout } = await run("user", "password-link", phone);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Ended the password and the sessions of \\${phone} \\(${userId}\\)\\.\\n`));
    await expect.poll(async () => (await rest(scene().server.url, "/v1/users/me", { token })).status).toBe(401);
    expect((await reset(tokenIn(stdout))).status).toBe(204);
    expect((await login(phone)).status).toBe(200);
    const { email } = await registerAccount(scene().server.url);
    expect(await run("user", "password-link", email)).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^The account has an email address\. /),
    });
    const json = await scene().read("user", "password-link", phone);
    expect(json).toMatchObject({ user: { id: userId, email: null, phone }, link: { url: expect.any(String) } });
  });
});
