import { createECDH } from "node:crypto";
import { z } from "zod";
import { httpsAddress, isPrivateKey } from "../../config-formats.ts";

/** The service account of a Firebase project, as Google gives it. */
const serviceAccountSchema = z.object({
  project_id: z.string().regex(/^[a-z0-9.:-]{1,100}$/),
  client_email: z.email(),
  private_key_id: z.string().min(1).max(200),
  private_key: z.string().refine((pem) => isPrivateKey(pem, { type: "rsa" })),
  token_uri: httpsAddress,
});

/** How messages go to FCM. */
export interface FcmConfig {
  readonly serviceAccount: z.output<typeof serviceAccountSchema>;
  readonly baseUrl: string;
}

/** How messages go to APNs. */
export interface ApnsConfig {
  /** A private key on P-256, as PEM. */
  readonly key: string;
  readonly keyId: string;
  readonly teamId: string;
  /** The bundle id of the app. */
  readonly topic: string;
  readonly baseUrl: string;
}

/** How messages go to browsers. */
export interface WebPushConfig {
  /** 32 bytes, base64url. */
  readonly privateKey: string;
  /** The public half, which browsers need to subscribe: an uncompressed point of P-256, base64url. */
  readonly publicKey: string;
  /** `mailto:` or `https:`; services write there about trouble. */
  readonly subject: string;
}

/** How messages go to Expo. */
export interface ExpoConfig {
  readonly accessToken: string | undefined;
  readonly baseUrl: string;
}

/** How push messages are sent. A service that is not configured sends none. */
export interface PushConfig {
  readonly fcm: FcmConfig | undefined;
  readonly apns: ApnsConfig | undefined;
  readonly webPush: WebPushConfig | undefined;
  readonly expo: ExpoConfig | undefined;
  /** Whether messages of services that are not configured go to `/dev/outbox`. */
  readonly hasOutbox: boolean;
  /** How long a connection may take, and a response. */
  readonly timeoutMillis: number;
}

/** `FCM_SERVICE_ACCOUNT`: the JSON text of the file. */
export const fcmServiceAccount = z.string().transform((text, ctx) => {
  const account = serviceAccountSchema.safeParse(tryParse(text)).data;
  if (account !== undefined) return account;
  ctx.addIssue({ code: "custom", message: "not a service account" });
  return z.NEVER;
});

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `APNS_KEY`: the text of the .p8 file; line breaks may be written as `\n`. */
export const apnsKey = z
  .string()
  .transform((pem) => pem.replaceAll("\\n", "\n"))
  .refine((pem) => isPrivateKey(pem, { type: "ec", curve: "prime256v1" }));

/** `VAPID_PRIVATE_KEY`: 32 bytes in base64url, a scalar of P-256. */
export const vapidPrivateKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}=?$/)
  .transform((key) => key.replace("=", ""))
  .refine((key) => {
    try {
      return vapidPublicKey(key) !== "";
    } catch {
      return false;
    }
  });

/** Returns the public half of a VAPID key. Throws if the private half is none. */
export function vapidPublicKey(privateKey: string): string {
  const pair = createECDH("prime256v1");
  pair.setPrivateKey(privateKey, "base64url");
  return pair.getPublicKey("base64url");
}

/** `VAPID_SUBJECT`: where the services may write. */
export const vapidSubject = z.union([z.url({ protocol: /^https$/ }), z.string().regex(/^mailto:[^\s@]+@[^\s@]+$/)]);

/** The variables of push, parsed. */
interface PushVariables {
  readonly FCM_SERVICE_ACCOUNT?: FcmConfig["serviceAccount"] | undefined;
  readonly FCM_BASE_URL: string;
  readonly APNS_KEY?: string | undefined;
  readonly APNS_KEY_ID?: string | undefined;
  readonly APNS_TEAM_ID?: string | undefined;
  readonly APNS_TOPIC?: string | undefined;
  readonly APNS_BASE_URL: string;
  readonly VAPID_PRIVATE_KEY?: string | undefined;
  readonly VAPID_SUBJECT?: string | undefined;
  readonly EXPO_PUSH: "on" | "off";
  readonly EXPO_ACCESS_TOKEN?: string | undefined;
  readonly EXPO_BASE_URL: string;
  readonly PUSH_TIMEOUT_SECONDS: number;
}

/** Variables that mean something only together. */
const together = [
  ["APNS_KEY", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_TOPIC"],
  ["VAPID_PRIVATE_KEY", "VAPID_SUBJECT"],
] as const;

/** Variables that others require, each with the reason. Half a configuration would silently send nothing. */
export function missingForPush(variables: PushVariables): readonly (readonly [name: string, why: string])[] {
  const halves = together.flatMap((names) => {
    const isMeant = names.some((name) => variables[name] !== undefined);
    const missing = isMeant ? names.filter((name) => variables[name] === undefined) : [];
    return missing.map((name) => {
      const others = names.filter((other) => other !== name);
      return [name, `required with ${others.join(", ")}`] as const;
    });
  });
  const isExpoHalf = variables.EXPO_ACCESS_TOKEN !== undefined && variables.EXPO_PUSH === "off";
  return [...halves, ...(isExpoHalf ? [["EXPO_PUSH", "must be on with EXPO_ACCESS_TOKEN"] as const] : [])];
}

/** Call it when {@link missingForPush} found nothing. */
export function pushConfig(variables: PushVariables, hasOutbox: boolean): PushConfig {
  const { FCM_SERVICE_ACCOUNT: serviceAccount } = variables;
  return {
    fcm: serviceAccount === undefined ? undefined : { serviceAccount, baseUrl: variables.FCM_BASE_URL },
    apns: apnsConfig(variables),
    webPush: webPushConfig(variables),
    expo:
      variables.EXPO_PUSH === "on"
        ? { accessToken: variables.EXPO_ACCESS_TOKEN, baseUrl: variables.EXPO_BASE_URL }
        : undefined,
    hasOutbox,
    timeoutMillis: variables.PUSH_TIMEOUT_SECONDS * 1000,
  };
}

function apnsConfig(variables: PushVariables): ApnsConfig | undefined {
  const { APNS_KEY: key, APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId, APNS_TOPIC: topic } = variables;
  if (key === undefined || keyId === undefined || teamId === undefined || topic === undefined) return undefined;
  return { key, keyId, teamId, topic, baseUrl: variables.APNS_BASE_URL };
}

function webPushConfig(variables: PushVariables): WebPushConfig | undefined {
  const { VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = variables;
  if (privateKey === undefined || subject === undefined) return undefined;
  return { privateKey, publicKey: vapidPublicKey(privateKey), subject };
}
