import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { type OperatedServer, startOperatedServer } from "../support/operated-server.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";

const newName = () => `role-${crypto.randomUUID().slice(0, 8)}`;

describe.skipIf(postgresUnreachable)("gatehouse role, beside a running server,", () => {
  const scene = share(startOperatedServer);
  const run: OperatedServer["run"] = (...args) => scene().run("role", ...args);
  const read: OperatedServer["read"] = (...args) => scene().read("role", ...args);

  test("creates, lists, changes and deletes a role", async () => {
    const name = newName();
    const both = ["--permission", "user:read", "--permission", "audit:read"];
    expect(await run("create", name, ...both, "--description", "Reads")).toEqual({
      code: 0,
      stdout: `Created. ${name} allows audit:read, user:read.\n`,
      stderr: "",
    });
    const { stdout } = await run("list");
    expect(stdout).toMatch(/^ {2}role +description +permissions\n {2}admin +Everything +\*\n/);
    expect(stdout).toMatch(new RegExp(`^  ${name} +Reads +audit:read user:read$`, "m"));
    expect(await read("update", name, "--permission", "user:read")).toMatchObject({
      description: "Reads",
      permissions: ["user:read"],
    });
    expect(await read("update", name, "--description", "")).toMatchObject({ permissions: ["user:read"] });
    expect(await read("update", name, "--allow-nothing")).toMatchObject({ description: "", permissions: [] });
    expect(await run("delete", name)).toMatchObject({ code: 0, stdout: `Deleted the role ${name}.\n` });
    expect((await read("list")).map((role: { readonly name: string }) => role.name)).not.toContain(name);
  });

  test("gives and takes a role, at once on the server, and records who did", async () => {
    const { server } = scene();
    const { email, userId, accessToken: token } = await registerAccount(server.url);
    const mayList = async () => (await rest(server.url, "/v1/users?limit=1", { token })).status;
    expect(await mayList()).toBe(403);
    expect(await run("grant", "support", email)).toMatchObject({
      code: 0,
      stdout: `${email} (${userId}) has support.\n`,
    });
    await expect.poll(mayList).toBe(200);
    expect(await read("grant", "admin", email)).toMatchObject({ roles: ["admin", "support"] });
    expect(await read("grant", "admin", email)).toMatchObject({ roles: ["admin", "support"] });
    const other = await registerAccount(server.url);
    await run("grant", "admin", other.email);
    expect(await read("revoke", "admin", userId)).toMatchObject({ roles: ["support"] });
    expect(await run("revoke", "support", userId)).toMatchObject({
      stdout: `${email} (${userId}) has no role besides user.\n`,
    });
    await expect.poll(mayList).toBe(403);
    const events = await server.gatehouse.deps.db
      .selectFrom("audit_event")
      .select("actor_kind")
      .where("target_id", "=", userId)
      .where("action", "=", "user.roles_changed")
      .execute();
    expect(events.map((event) => event.actor_kind)).toEqual(Array(4).fill("operator"));
  });

  test("refuses, and says what to do", async () => {
    const { email } = await registerAccount(scene().server.url);
    const name = newName();
    await run("create", name);
    await run("grant", name, email);
    const refusals = [
      [["create", name], 1, 'There is a role of this name. "gatehouse role update" changes it.'],
      [["create", "No Role"], 2, "name: Must be 1 to 50 lower-case letters"],
      [
        ["create", newName(), "--permission", "user:fly"],
        1,
        'No operation requires "user:fly". The permissions are audit:',
      ],
      [["update", name], 2, "Say what to change"],
      [["update", name, "--allow-nothing", "--permission", "user:read"], 2, "not both"],
      [["update", "nobodys", "--allow-nothing"], 1, 'There is no role "nobodys". The roles are admin,'],
      [["update", "admin", "--allow-nothing"], 1, "The role admin always has every permission"],
      [["delete", "support"], 1, "admin, support and user always exist"],
      [["delete", name], 1, '"gatehouse user find --role" lists them'],
      [["grant", "nobodys", email], 1, 'There is no role "nobodys"'],
      [["grant", "user", email], 1, "Every account has the role user"],
      [["revoke", name, "nobody@example.com"], 1, "No account has"],
    ] as const;
    for (const [args, code, stderr] of refusals) {
      const refused = { code, stdout: "", stderr: expect.stringContaining(stderr) };
      expect([args, await run(...args)]).toEqual([args, refused]);
    }
  });
});
