import { expect, test } from "vitest";
import { startGatehouse } from "./support/gatehouse.ts";
import { rest } from "./support/rest.ts";

test("of 50 registrations of one address at once, one is accepted and 49 answer EMAIL_TAKEN", async () => {
  await using server = await startGatehouse();
  const attempts = Array.from({ length: 50 }, (_, index) => {
    const email = index % 2 === 0 ? "race@example.com" : "RACE@Example.COM";
    return rest(server.url, "/v1/auth/register", { body: { email, password: `zeppelin copper lamp ${index}` } });
  });
  const answers = await Promise.all(attempts);
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const refused = answers.filter(({ status }) => status !== 201);
  expect(new Set(refused.map(({ status, body }) => `${status} ${body.code}`))).toEqual(new Set(["409 EMAIL_TAKEN"]));
});
