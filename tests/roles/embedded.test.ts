import { expect, test } from "vitest";
import { createRole, registerWithRoles, setRoles } from "../support/administrators.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount } from "../support/rest.ts";

test("roles are given right after they changed, where the transaction has the only connection", async () => {
  await using server = await startGatehouse({ embedded: true, environment: { JOBS: "off" } });
  const admin = await registerWithRoles(server);
  const { userId } = await registerAccount(server.url);
  expect((await createRole(server.url, admin, { name: "clerk", permissions: ["role:read"] })).status).toBe(201);
  expect(await setRoles(server.url, admin, userId, ["clerk"])).toMatchObject({
    status: 200,
    body: { roles: ["clerk"] },
  });
});
