import { z } from "zod";
import { daySeconds } from "../clock.ts";
import { exactlyOneOf } from "../schema/exactly-one-of.ts";
import { pageInput, pageOf } from "../schema/page.ts";
import { text } from "../schema/text.ts";
import { momentSchema, timestampSchema } from "../schema/timestamp.ts";

/** The most users or devices that an audience names; larger ones are groups and segments. They fit into a body. */
const maxNamed = 1000;

/** The most users that a notification leaves out. */
const maxExcept = 500;

/** Seconds for which a notification is worth delivering: the default, the least, and the most, which is what FCM keeps. */
const timeToLive = { default: daySeconds, min: 30, max: 28 * daySeconds } as const;

/** Bytes of the message in UTF-8. Services take 4,096 bytes, of which their envelopes need some. */
const maxMessageBytes = 3000;

const maxDataFields = 20;

const versionSchema = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9}){0,4}$/, "Must be numbers with dots between them")
  .meta({ examples: ["2.3"] });

const segmentSchema = z
  .strictObject({
    platform: z.enum(["android", "ios", "linux", "macos", "web", "windows"]).optional(),
    minAppVersion: versionSchema.optional().meta({ description: "Compared number by number: 2.10 is later than 2.9" }),
    maxAppVersion: versionSchema.optional().meta({ description: "2.3 is also 2.3.0, and earlier than 2.3.1" }),
    locale: z
      .string()
      .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/, "Must be a language tag")
      .optional()
      .meta({ description: "The language of the device, as in BCP 47: es includes es-MX", examples: ["es"] }),
    lastSeenSince: momentSchema.optional().meta({ description: "Only devices that were seen since then" }),
  })
  .refine((segment) => Object.values(segment).some((value) => value !== undefined), {
    message: "Must have at least one field; everyone is an audience of its own",
  });

const audienceSchema = exactlyOneOf({
  users: z.array(z.uuid()).min(1).max(maxNamed).meta({ description: "All devices of these users" }),
  devices: z.array(z.uuid()).min(1).max(maxNamed).meta({ description: "Ids of devices" }),
  group: z.uuid().meta({ description: "All devices of the members of a group" }),
  segment: segmentSchema.meta({ description: "All devices that match every field" }),
  everyone: z.literal(true).meta({ description: "All devices" }),
});

const linkSchema = text({ max: 2000 })
  .refine((link) => /^[a-z][a-z0-9+.-]*:/i.test(link) && URL.canParse(link), "Must be an address")
  .refine((link) => !/^(javascript|data|vbscript|blob|file):/i.test(link), "Must not run or contain anything")
  .refine((link) => !/^(about|content|filesystem|http|intent|view-source):/i.test(link), "Must be https or of the app")
  .meta({ description: "What a tap opens: https, or a scheme of the app", examples: ["https://example.com/news"] });

const imageUrlSchema = text({ max: 1000 })
  .refine((url) => URL.canParse(url) && new URL(url).protocol === "https:", "Must be an https address")
  .meta({ examples: ["https://example.com/picture.png"] });

/** FCM refuses these names of data. */
const reservedName = /^(from|message_type|collapse_key|notification|gcm|google)/i;

const dataSchema = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, "Must be 1 to 64 letters, digits, dots, dashes or underscores")
      .refine((name) => !reservedName.test(name), "FCM reserves this name"),
    text({ min: 0, max: 1000 }),
  )
  .refine((data) => Object.keys(data).length <= maxDataFields, `Must have at most ${maxDataFields} fields`)
  .meta({ description: "For the app: texts by name" });

const messageFields = {
  title: text({ max: 200 }),
  body: text({ max: 2000, allowsLineBreaks: true }),
  data: dataSchema.optional(),
  imageUrl: imageUrlSchema.optional(),
  link: linkSchema.optional(),
  priority: z.enum(["normal", "high"]).default("normal").meta({ description: "`high` wakes a sleeping device" }),
  collapseKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/, "Must be 1 to 64 printable ASCII characters without spaces")
    .optional()
    .meta({ description: "Takes the place of an unread notification with the same key" }),
};

/** The input of `notification.send`. */
export const sendInput = z
  .strictObject({
    audience: audienceSchema,
    except: z
      .array(z.uuid())
      .max(maxExcept)
      .optional()
      .meta({ description: "Ids of users of the audience who get nothing" }),
    ...messageFields,
    sendAt: momentSchema.optional().meta({ description: "Default: now. At most a year ahead" }),
    timeToLiveSeconds: z
      .int()
      .min(timeToLive.min)
      .max(timeToLive.max)
      .default(timeToLive.default)
      .meta({ description: "After it nothing more is delivered; counts from `sendAt`" }),
    idempotencyKey: z
      .string()
      .regex(/^[\x21-\x7e]{1,200}$/, "Must be 1 to 200 printable ASCII characters without spaces")
      .optional()
      .meta({ description: "Chosen by the caller for this notification: a repeated call sends nothing more" }),
  })
  .refine(
    ({ title, body, data, imageUrl, link }) => byteLength({ title, body, data, imageUrl, link }) <= maxMessageBytes,
    {
      path: ["body"],
      message: `The message has more than ${maxMessageBytes} bytes with its title, data, image and link`,
    },
  );

function byteLength(message: object): number {
  return Buffer.byteLength(JSON.stringify(message));
}

/** The output of `notification.send`. */
export const sendOutput = z.object({ id: z.uuid() });

/** The input of procedures that name a notification. */
export const notificationIdInput = z.strictObject({ id: z.uuid() });

const count = (description: string) => z.int().meta({ description });

/** A notification, and how far its deliveries are. */
export const notificationSchema = z
  .object({
    id: z.uuid(),
    status: z.enum(["scheduled", "sending", "done", "canceled"]),
    title: z.string(),
    body: z.string(),
    createdAt: timestampSchema,
    sendAt: timestampSchema,
    expiresAt: timestampSchema,
    finishedAt: timestampSchema
      .nullable()
      .meta({ description: "When the last delivery was settled, or it was canceled" }),
    isFannedOut: z.boolean().meta({ description: "Whether all devices of the audience are counted" }),
    counts: z
      .object({
        queued: count("Deliveries that are not settled yet"),
        sent: count("Accepted by the push service"),
        failed: count("Refused by the push service, or failed at every attempt"),
        dropped: count("Too late, or canceled before"),
        pruned: count("The push service said that the token is dead, which the device lost then"),
        suppressed: count("The device was muted, signed out or given to somebody else after it was counted"),
      })
      .meta({ description: "Devices, by what became of the delivery" }),
  })
  .meta({ id: "Notification" });

/** The input of `notification.list`. */
export const listNotificationsInput = z.strictObject(pageInput).prefault({});

/** The output of `notification.list`. */
export const listNotificationsOutput = pageOf(notificationSchema);
