export { createAccount, refuseReservedEmail } from "./service.ts";
