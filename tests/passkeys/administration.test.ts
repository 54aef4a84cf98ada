import { expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { registerProven } from "../support/links.ts";
import { receive } from "../support/mailbox.ts";
import { addPasskey, leaveOnlyPasskeys, signInWith } from "../support/passkeys.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();

test("an administrator lists a user's passkeys and removes one, of which its owner is told", async () => {
  const server = shared();
  const [admin, ada] = [await registerWithRoles(server), await registerProven(server)];
  const { id, passkey, authenticator } = await addPasskey(server, ada, { name: "Lost phone" });
  const path = `/v1/users/${ada.userId}/passkeys`;
  const listed = await rest(server.url, path, { token: admin.accessToken });
  expect(listed.body).toEqual({ items: [passkey], nextCursor: null });
  const removal = { method: "DELETE", token: admin.accessToken };
  expect((await rest(server.url, `${path}/${id}`, removal)).status).toBe(204);
  expect((await signInWith(server, authenticator)).body.code).toBe("PASSKEY_INVALID");
  expect((await receive(server, ada.email, "passkey-removed")).text).toContain("Lost phone");
  expect((await rest(server.url, `${path}/${id}`, removal)).body.code).toBe("NOT_FOUND");
});

test("an administrator removes even the last way in, but no passkey by the address of another user", async () => {
  const server = shared();
  const [admin, ada, bob] = [
    await registerWithRoles(server),
    await registerAccount(server.url),
    await registerAccount(server.url),
  ];
  const { id } = await addPasskey(server, ada);
  await leaveOnlyPasskeys(server, ada.userId);
  const remove = (userId: string) =>
    rest(server.url, `/v1/users/${userId}/passkeys/${id}`, { method: "DELETE", token: admin.accessToken });
  expect((await remove(bob.userId)).body.code).toBe("NOT_FOUND");
  expect((await remove(ada.userId)).status).toBe(204);
});

test("the support desk neither removes an administrator's passkey, nor a user without the permission anybody's", async () => {
  const server = shared();
  const [admin, user] = [await registerWithRoles(server), await registerAccount(server.url)];
  const support = await registerWithRoles(server, ["support"]);
  const { id } = await addPasskey(server, admin);
  for (const { accessToken: token } of [user, support]) {
    const path = `/v1/users/${admin.userId}/passkeys/${id}`;
    expect((await rest(server.url, path, { method: "DELETE", token })).body.code).toBe("FORBIDDEN");
  }
});
