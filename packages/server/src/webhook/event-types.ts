import { z } from "zod";
import { deviceSchema } from "../device/schema.ts";
import { timestampSchema } from "../schema/timestamp.ts";
import { userSchema } from "../user/schema.ts";

const sessionData = z.object({
  id: z.uuid(),
  userId: z.uuid(),
});

const deviceData = deviceSchema.extend({ userId: z.uuid() });

/**
 * Every type of event, with the schema of its data: a field that a schema lacks is not delivered. docs/guides/webhooks.md lists
 * them with the descriptions of the schemas, and a test compares the two.
 */
export const eventSchemas = {
  "user.created": userSchema.meta({
    description: "An account was created, by a registration or, in the `verified` mode, by its link",
  }),
  "user.updated": userSchema.meta({
    description: "A field of an account changed: its profile, address, telephone number, roles or status",
  }),
  "user.deleted": userSchema.meta({
    description: "An account was deleted; it can be restored until it is erased",
  }),
  "session.created": sessionData
    .extend({
      methods: z.array(z.string()),
      remembered: z.boolean(),
      ip: z.string().nullable(),
      userAgent: z.string().nullable(),
      createdAt: timestampSchema,
    })
    .meta({ description: "A user signed in, also by a registration" }),
  "session.revoked": sessionData
    .extend({ reason: z.string() })
    .meta({ description: "A session ended before its time; one that expires is no event" }),
  "device.linked": deviceData.meta({ description: "A device became a user's, by a sign-in or by `device.link`" }),
  "device.unlinked": deviceData.meta({ description: "A device is no longer this user's; a logout leaves it linked" }),
} as const satisfies Readonly<Record<string, z.ZodObject>>;

/** The type of an event, such as `user.created`. */
export type EventType = keyof typeof eventSchemas;

/** The types, in the order of the documentation. */
export const eventTypes = Object.keys(eventSchemas).filter((type): type is EventType => type in eventSchemas);

/**
 * The permission to read, by calls, what the events of a type contain. A user can let a webhook listen only to what they may
 * read: the webhook hands the data to any address.
 */
export const readPermissions: Readonly<Record<EventType, string>> = {
  "user.created": "user:read",
  "user.updated": "user:read",
  "user.deleted": "user:read",
  // Sessions and devices of users are listed by `user:read` too.
  "session.created": "user:read",
  "session.revoked": "user:read",
  "device.linked": "user:read",
  "device.unlinked": "user:read",
};

/** An event that a service publishes. */
export type PublishedEvent = {
  readonly [T in EventType]: { readonly type: T; readonly data: z.input<(typeof eventSchemas)[T]> };
}[EventType];

/** JSON has no dates: it has them as text. */
type AsJson<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? AsJson<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: AsJson<T[Key]> }
      : T;

/** The body of a webhook's delivery, as its receiver parses it. */
export type WebhookEvent = {
  readonly [T in EventType]: {
    readonly type: T;
    /** When it happened, ISO 8601 in UTC. */
    readonly timestamp: string;
    readonly data: AsJson<z.output<(typeof eventSchemas)[T]>>;
  };
}[EventType];
