import type { Clock } from "../../clock.ts";
import type { Database } from "../../database/connection.ts";
import type { OutboundRules } from "../../outbound/destination.ts";
import { createOutboxPushSender } from "../outbox/service.ts";
import type { PushConfig } from "./config.ts";
import { aborted, refused } from "./outcome.ts";
import type { OpenPushSender, PushSender, PushService, PushServiceSender } from "./push-sender.ts";

/** What sending needs. */
export interface PushSenderDeps {
  readonly config: { readonly push: PushConfig; readonly outbound: OutboundRules };
  readonly db: Database;
  readonly clock: Clock;
}

/** The settings without which a service sends nothing, for operators. */
const settingOf: Readonly<Record<PushService, string>> = {
  apns: "APNS_KEY",
  expo: "EXPO_PUSH",
  fcm: "FCM_SERVICE_ACCOUNT",
  web_push: "VAPID_PRIVATE_KEY",
};

/** Creates the sender of the configured services. A service is loaded with its first message, and connects then. */
export function createRoutingSender(deps: PushSenderDeps): OpenPushSender {
  const opened = new Map<PushService, Promise<PushServiceSender>>();

  const senderOf = (service: PushService): Promise<PushServiceSender> => {
    const known = opened.get(service);
    if (known !== undefined) return known;
    const opening = openService(deps, service);
    opened.set(service, opening);
    return opening;
  };

  return {
    async send(messages, signal) {
      if (signal.aborted) return messages.map(() => aborted);
      const byService = Map.groupBy(messages, ({ target }) => target.service);
      const sending = [...byService].map(async ([service, own]) => {
        const sender = await senderOf(service);
        return [service, (await sender.send(own, signal)).values()] as const;
      });
      const results = new Map(await Promise.all(sending));
      return messages.map(({ target }) => {
        const next = results.get(target.service)?.next();
        if (next === undefined || next.done) throw new Error(`The sender of ${target.service} lost an outcome`);
        return next.value;
      });
    },

    async readReceipts(receiptIds, signal) {
      if (deps.config.push.expo === undefined) return receiptIds.map(() => undefined);
      const sender = await senderOf("expo");
      return hasReceipts(sender) ? await sender.readReceipts(receiptIds, signal) : receiptIds.map(() => undefined);
    },

    async close() {
      for (const opening of opened.values()) await (await opening).close();
    },
  };
}

function hasReceipts(sender: PushServiceSender): sender is PushServiceSender & Pick<PushSender, "readReceipts"> {
  return "readReceipts" in sender;
}

async function openService(deps: PushSenderDeps, service: PushService): Promise<PushServiceSender> {
  const { clock, config } = deps;
  const { push } = config;
  const options = { clock, timeoutMillis: push.timeoutMillis };
  switch (service) {
    case "apns":
      if (push.apns === undefined) break;
      return (await import("./apns-sender.ts")).createApnsSender(push.apns, options);
    case "expo":
      if (push.expo === undefined) break;
      return (await import("./expo-sender.ts")).createExpoSender(push.expo, options);
    case "fcm":
      if (push.fcm === undefined) break;
      return (await import("./fcm-sender.ts")).createFcmSender(push.fcm, options);
    case "web_push":
      if (push.webPush === undefined) break;
      return (await import("./web-push-sender.ts")).createWebPushSender(push.webPush, {
        ...options,
        rules: config.outbound,
      });
  }
  if (push.hasOutbox) return createOutboxPushSender(deps);
  const outcome = refused(`${settingOf[service]} is not set`);
  return { send: async (messages) => messages.map(() => outcome), close: async () => undefined };
}
