export {
  answerByMail,
  answerInTurn,
  type LaterMailPayload,
  laterMailJob,
  type MailRequest,
  mailAnswerJob,
  openMailRequest,
  putOff,
} from "./job.ts";
