export { answerByMail, type MailRequest, mailAnswerJob, openMailRequest } from "./job.ts";
