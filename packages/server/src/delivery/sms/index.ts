export { toE164 } from "./phone-number.ts";
export { deliverSms, requireSms, sendSms, smsJob } from "./service.ts";
export type { Sms } from "./sms.ts";
export type { SmsSender } from "./sms-sender.ts";
