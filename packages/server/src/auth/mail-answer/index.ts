export {
  answerByMail,
  answerInTurn,
  isBeforeItsTurn,
  type LaterMailPayload,
  laterMailJob,
  type MailRequest,
  mailAnswerJob,
  openMailRequest,
} from "./job.ts";
