import { z } from "zod";
import { deviceSchema } from "../../device/schema.ts";
import { pageInput, pageOf } from "../../schema/page.ts";
import { timestampSchema } from "../../schema/timestamp.ts";

/** The input of `auth.sessions.list`. */
export const listSessionsInput = z.strictObject(pageInput).prefault({});

/** A browser or a system. */
export const namedVersionSchema = z.object({
  name: z.string(),
  version: z.string().optional().meta({ description: "As far as it is known; browsers and systems may understate it" }),
});

/** The installation of an app that a session is on: the fields by which its user recognises it. */
const sessionDeviceSchema = deviceSchema.pick({
  id: true,
  installationId: true,
  platform: true,
  name: true,
  model: true,
  osVersion: true,
  appVersion: true,
});

/** A live session, for its user to recognise. */
const activeSessionSchema = z
  .object({
    id: z.uuid(),
    current: z.boolean().meta({ description: "Whether it is the session that asks" }),
    browser: namedVersionSchema.nullable().meta({
      description: "As the sign-in's user agent says; null for what is no browser",
      examples: [{ name: "Firefox", version: "132.0" }],
    }),
    system: namedVersionSchema.nullable().meta({
      description: "As the user agent says, or else the device",
      examples: [{ name: "Windows", version: "10" }],
    }),
    device: sessionDeviceSchema.nullable().meta({ description: "Null unless an app named one" }),
    ip: z.string().nullable().meta({ description: "The address that signed in" }),
    userAgent: z.string().nullable().meta({ description: "Of the sign-in, at most 512 characters" }),
    methods: z
      .array(z.string())
      .meta({ description: "How the user proved who they are (RFC 8176)", examples: [["pwd"]] }),
    remembered: z.boolean(),
    impersonated: z.boolean().meta({
      description: "Whether an administrator acts in the user's name in it; the user is not told from where",
    }),
    createdAt: timestampSchema,
    lastSeenAt: timestampSchema.meta({ description: "To the minute" }),
    expiresAt: timestampSchema.meta({ description: "When it ends unless it is refreshed, or at the latest" }),
  })
  .meta({ id: "ActiveSession" });

/** The output of `auth.sessions.list`. */
export const listSessionsOutput = pageOf(activeSessionSchema);

/** The input of `auth.sessions.revoke`. */
export const revokeSessionInput = z.strictObject({ id: z.uuid() });
