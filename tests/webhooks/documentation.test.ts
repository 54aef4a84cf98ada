import { readFileSync } from "node:fs";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { WebhookEvent } from "../../packages/server/src/api.ts";
import { eventSchemas, eventTypes } from "../../packages/server/src/webhook/event-types.ts";

const guide = readFileSync(new URL("../../docs/guides/webhooks.md", import.meta.url), "utf8");

/** The table of events, as the guide has it. */
const documented = [...guide.matchAll(/^\| `([a-z]+\.[a-z]+)` \| (.+) \| (.+) \|$/gm)].map(
  ([, type, description, fields = ""]) => ({
    type,
    description,
    fields: [...fields.matchAll(/`(\w+)`/g)].map(([, field]) => field),
  }),
);

test("docs/guides/webhooks.md lists every event with its description and the fields of its data", () => {
  const registered = eventTypes.map((type) => ({
    type,
    description: eventSchemas[type].meta()?.description,
    fields: Object.keys(eventSchemas[type].shape),
  }));
  expect(documented).toEqual(registered);
});

describe("the type of a body", () => {
  test("has dates as text, by the type of the event", () => {
    type UserCreated = Extract<WebhookEvent, { type: "user.created" }>;
    expectTypeOf<UserCreated["data"]["createdAt"]>().toEqualTypeOf<string>();
    expectTypeOf<UserCreated["data"]["username"]>().toEqualTypeOf<string | null>();
    type SessionCreated = Extract<WebhookEvent, { type: "session.created" }>;
    expectTypeOf<SessionCreated["data"]["methods"]>().toEqualTypeOf<string[]>();
    expectTypeOf<Extract<WebhookEvent, { type: "session.revoked" }>["data"]>().not.toHaveProperty("email");
  });
});
