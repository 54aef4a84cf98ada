import { z } from "zod";
import { pushServices } from "../delivery/push/push-sender.ts";
import { localeSchema, timeZoneSchema } from "../schema/locale.ts";
import { pageInput, pageOf } from "../schema/page.ts";
import { text } from "../schema/text.ts";
import { timestampSchema } from "../schema/timestamp.ts";
import { canonicalPushToken, defaultPushService, maxPushTokenLength, pushTokenForms } from "./push-token-form.ts";

/** An id that the app chooses when it is installed, and keeps until it is removed. A random UUID serves well. */
const installationIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,128}$/, "Must be 8 to 128 letters, digits, dashes or underscores")
  .meta({ examples: ["0b0f3b0e-8f5e-4a43-9f0e-6f2d6c1f2a11"] });

/** A device secret that the app chooses. A secret that the server generates has 43 characters. */
const deviceSecretSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{32,128}$/, "Must be 32 to 128 letters, digits, dashes or underscores")
  .meta({ description: "Proves the installation without signing in" });

/** The platform of an installation. */
export const platformSchema = z.enum(["android", "ios", "linux", "macos", "web", "windows"]);

/** A service that brings push messages. */
export const pushServiceSchema = z.enum(pushServices);

const nameSchema = text({ max: 100 })
  .nullable()
  .optional()
  .meta({ examples: ["Ada's phone"] });

const placeFields = {
  locale: localeSchema
    .nullable()
    .optional()
    .meta({ description: "The language that the app shows", examples: ["es-MX"] }),
  timeZone: timeZoneSchema
    .nullable()
    .optional()
    .meta({ examples: ["Europe/Madrid"] }),
};

const deviceFields = {
  platform: platformSchema,
  pushToken: text({ max: maxPushTokenLength }).nullable().optional().meta({
    description:
      "Where push messages go; null for none. It leaves any other device that has it. Of a browser, its PushSubscription as JSON",
  }),
  pushService: pushServiceSchema.optional().meta({
    description:
      "Whose token pushToken is; nothing without one. Default: apns for ios and macos, web_push for web, otherwise fcm",
  }),
  name: nameSchema,
  model: text({ max: 100 }).nullable().optional(),
  osVersion: text({ max: 50 }).nullable().optional(),
  appVersion: text({ max: 50 }).nullable().optional(),
  ...placeFields,
  deviceSecret: deviceSecretSchema.optional(),
};

/** A device as the API returns it to its owner or to the installation itself. */
export const deviceSchema = z
  .object({
    id: z.uuid(),
    installationId: z.string(),
    platform: platformSchema,
    name: z.string().nullable(),
    model: z.string().nullable(),
    osVersion: z.string().nullable(),
    appVersion: z.string().nullable(),
    locale: z
      .string()
      .nullable()
      .meta({ description: "The language that the app shows (BCP 47)", examples: ["es-MX"] }),
    timeZone: z
      .string()
      .nullable()
      .meta({ description: "A name of the IANA database", examples: ["Europe/Madrid"] }),
    active: z.boolean().meta({ description: "Whether somebody is signed in on it, or it is registered anonymously" }),
    muted: z.boolean().meta({ description: "Whether its user wants no push messages on it" }),
    hasPushToken: z.boolean(),
    pushService: pushServiceSchema.nullable().meta({ description: "Whose push token it has; null without one" }),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
    lastSeenAt: timestampSchema,
  })
  .meta({ id: "Device" });

/** The description of a device in `device.register`, `device.link` and a sign-in. A missing field keeps its value. */
export const describeDeviceInput = z
  .strictObject({ installationId: installationIdSchema, ...deviceFields })
  .superRefine((described, ctx) => {
    if (typeof described.pushToken !== "string" || storedToken(described) !== undefined) return;
    const message = pushTokenForms[serviceOf(described)];
    ctx.addIssue({ code: "custom", path: ["pushToken"], message });
  })
  .overwrite((described) => {
    const pushToken = storedToken(described);
    return pushToken === undefined ? described : { ...described, pushToken };
  });

type Described = Pick<z.output<z.ZodObject<typeof deviceFields>>, "platform" | "pushToken" | "pushService">;

function serviceOf({ platform, pushService }: Described) {
  return pushService ?? defaultPushService(platform);
}

function storedToken(described: Described): string | undefined {
  const { pushToken } = described;
  return typeof pushToken === "string" ? canonicalPushToken(serviceOf(described), pushToken) : undefined;
}

/** The output of `device.register`. */
export const registerDeviceOutput = z.object({
  device: deviceSchema,
  deviceSecret: z.string().meta({ description: "Keep it on the device; it is not shown again" }),
});

/** The input of `device.update`. A missing field keeps its value, and null clears it. */
export const updateDeviceInput = z.strictObject({
  installationId: installationIdSchema,
  name: nameSchema,
  muted: z.boolean().optional().meta({ description: "Whether the device gets no push messages at all" }),
  ...placeFields,
});

/** The input of `device.unlink`. */
export const undescribeDeviceInput = z.strictObject({ installationId: installationIdSchema });

/** The input of `device.list`. */
export const listDevicesInput = z.strictObject(pageInput).prefault({});

/** The output of `device.list`. */
export const listDevicesOutput = pageOf(deviceSchema);

/** The output of `device.pushEcho`. */
export const pushEchoOutput = z.object({
  id: z.uuid().meta({ description: "The notification" }),
  devices: z.int().meta({ description: "How many devices it goes to" }),
});

/** The output of `device.webPushKey`. */
export const webPushKeyOutput = z.object({
  publicKey: z.string().nullable().meta({
    description:
      "The server's VAPID key (RFC 8292): an uncompressed point of P-256 in base64url; null without Web Push",
  }),
});
