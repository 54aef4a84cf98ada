export type { Mail } from "./mail.ts";
export type { MailSender } from "./mail-sender.ts";
export { deliverMail, isMailConfigured, mailJob, requireMail, sendMail } from "./service.ts";
