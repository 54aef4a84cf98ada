import { z } from "zod";
import { pageInput, pageOf } from "../schema/page.ts";
import { text } from "../schema/text.ts";
import { timestampSchema } from "../schema/timestamp.ts";
import { type AuditAction, auditActions } from "./actions.ts";

const actions = Object.keys(auditActions) as [AuditAction, ...AuditAction[]];

const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);

/** What is personal in an event; absent once it was erased. */
export const personalFields = {
  ip: z.string().nullable().meta({ description: "null also once it was erased" }),
  userAgent: z.string().nullable(),
  details: z.record(z.string(), valueSchema).meta({ description: "Further facts, such as the reason" }),
  changes: z
    .record(z.string(), z.object({ from: valueSchema, to: valueSchema }))
    .meta({ description: "The fields that changed" }),
};

/** An event as operators see it. */
const auditEventSchema = z
  .object({
    id: z.uuid(),
    at: timestampSchema,
    action: z.string().meta({ examples: ["session.revoked"] }),
    actor: z.object({ kind: z.enum(["user", "anonymous", "operator", "system"]), id: z.uuid().nullable() }),
    impersonatorId: z.uuid().nullable().meta({ description: "The administrator who acted in the actor's name" }),
    apiKeyId: z.uuid().nullable(),
    target: z.object({ kind: z.string(), id: z.string() }),
    userId: z.uuid().nullable().meta({ description: "The user whose account it is about" }),
    requestId: z.string().nullable(),
    ...personalFields,
  })
  .meta({ id: "AuditEvent" });

/** What the events of a list or an export have in common. */
const filterFields = {
  actor: z.uuid().optional().meta({ description: "Events of this user" }),
  user: z.uuid().optional().meta({ description: "Events about this user's account" }),
  target: text({ max: 200 }).optional().meta({ description: "Events about this user, session, device, key or role" }),
  action: z.enum(actions).optional(),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: "Events from this moment on" }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: "Events before this moment" }),
};

/** Which events to export. */
export const auditFilterSchema = z.strictObject(filterFields);

/** The input of `audit.list`. */
export const listAuditEventsInput = z.strictObject({ ...filterFields, ...pageInput }).prefault({});

/** The output of `audit.list`. */
export const listAuditEventsOutput = pageOf(auditEventSchema);
