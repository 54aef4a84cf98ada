export { forgiveFailures, guardLogin, type LoginAttempt } from "./service.ts";
