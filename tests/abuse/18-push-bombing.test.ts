import { expect, test } from "vitest";
import { addDevices, deliver, startPushScene } from "../support/notifications.ts";
import { registerAccount, rest } from "../support/rest.ts";

test("row 18: a stolen session cannot fill a user's devices with test messages, with however many calls at once", async () => {
  const environment = { LIMIT_PUSH_ECHOES_PER_USER_PER_HOUR: "3" };
  await using scene = await startPushScene({ environment });
  const { server, sender } = scene;
  const { userId, email: identifier, password, accessToken } = await registerAccount(server.url);
  await addDevices(server, { count: 2, userId });
  const login = await rest(server.url, "/v1/auth/login", { body: { identifier, password } });
  const tokens: readonly string[] = [accessToken, login.body.session.accessToken];
  const calls = Array.from({ length: 10 }, (_, index) =>
    rest(server.url, "/v1/devices/push-echo", { method: "POST", token: tokens[index % 2] ?? "" }),
  );
  const answers = await Promise.all(calls);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 202, ...Array(7).fill(429)]);
  await deliver(server);
  expect(sender.messages).toHaveLength(6);
  const other = await registerAccount(server.url);
  expect((await rest(server.url, "/v1/devices/push-echo", { method: "POST", token: other.accessToken })).status).toBe(
    202,
  );
  server.clock.advance(3601);
  const again = await rest(server.url, "/v1/auth/login", { body: { identifier, password } });
  const token = again.body.session.accessToken;
  expect((await rest(server.url, "/v1/devices/push-echo", { method: "POST", token })).status).toBe(202);
});
