export {
  mailPasswordReset,
  mailTaken,
  mailVerification,
  sendChangeAgain,
  sendVerificationAgain,
} from "./service.ts";
