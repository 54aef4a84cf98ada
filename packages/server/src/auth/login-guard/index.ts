export { guardLogin, type LoginAttempt } from "./service.ts";
