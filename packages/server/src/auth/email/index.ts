export { mailPasswordReset, mailTaken, mailVerification } from "./service.ts";
