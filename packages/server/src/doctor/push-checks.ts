import { randomUUID } from "node:crypto";
import { systemClock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { PushConfig } from "../delivery/push/config.ts";
import { type Finding, failed, named, ok } from "./finding.ts";

/** Milliseconds after which a service counts as unreachable. */
const timeoutMillis = 5000;

/** Why a service does not accept the credentials, or cannot be asked; `undefined` if it accepts them. */
type Objection = string | undefined;

/**
 * Whether each configured push service accepts the credentials. No message is sent: Web Push services judge them with a message
 * alone, so they are not asked.
 */
export async function checkPush({ push, environment }: Pick<Config, "push" | "environment">): Promise<Finding> {
  return await named("push", async () => {
    const asked = [
      ...(push.fcm === undefined ? [] : [["FCM", "FCM_SERVICE_ACCOUNT", askFcm(push.fcm)] as const]),
      ...(push.apns === undefined ? [] : [["APNs", "APNS_KEY and its companions", askApns(push.apns)] as const]),
      ...(push.expo === undefined ? [] : [["Expo", "EXPO_ACCESS_TOKEN", askExpo(push.expo)] as const]),
    ];
    const answers = await Promise.all(
      asked.map(async ([service, setting, asking]) => ({ service, setting, objection: await asking })),
    );
    const objections = answers.filter(({ objection }) => objection !== undefined);
    if (objections.length > 0) {
      const reasons = objections.map(({ service, objection }) => `${service}: ${objection}`);
      const settings = objections.map(({ setting }) => setting);
      return failed(`${reasons.join("; ")}.`, `Check ${settings.join(", ")}, and that this machine may connect.`);
    }
    const accepting = answers.map(({ service }) => `${service} accepts the credentials.`);
    const own = push.webPush === undefined ? [] : ["Browsers get messages signed by VAPID_PRIVATE_KEY."];
    const rest = push.hasOutbox ? [`Other messages go to /dev/outbox, since NODE_ENV is ${environment}.`] : [];
    const all = [...accepting, ...own, ...rest];
    return ok(all.length === 0 ? "No messages are sent: docs/guides/push.md." : all.join(" "));
  });
}

async function askFcm(config: NonNullable<PushConfig["fcm"]>): Promise<Objection> {
  // Operators without push need not load it.
  const { fetchAccessToken } = await import("../delivery/push/google-access-token.ts");
  return await fetchAccessToken(config, { now: systemClock.now(), timeoutMillis }).then(() => undefined, objectionOf);
}

/** Apple looks at the key first: it calls a made-up device token bad only to those whose key it accepts. */
async function askApns(config: NonNullable<PushConfig["apns"]>): Promise<Objection> {
  const { createApnsSender } = await import("../delivery/push/apns-sender.ts");
  const sender = createApnsSender(config, { clock: systemClock, timeoutMillis });
  const content = { title: "", body: "", data: {}, priority: "normal", expiresAt: new Date(0) } as const;
  const target = { service: "apns", token: "0".repeat(64), tokenSince: new Date(0) } as const;
  const [outcome] = await sender.send([{ id: randomUUID(), target, content }], new AbortController().signal);
  await sender.close();
  const isAccepted = outcome === undefined || outcome.status === "sent" || outcome.reason.includes("BadDeviceToken");
  return isAccepted ? undefined : outcome.reason;
}

async function askExpo(config: NonNullable<PushConfig["expo"]>): Promise<Objection> {
  const { ExpoClient } = await import("../delivery/push/expo-client.ts");
  const client = new ExpoClient(config, { clock: systemClock, timeoutMillis });
  return await client.readReceipts([randomUUID()], new AbortController().signal).then(() => undefined, objectionOf);
}

/** An `AttemptFailure` has the reason as its message. */
function objectionOf(error: unknown): string {
  if (error instanceof Error && error.name === "AttemptFailure") return error.message;
  throw error;
}
