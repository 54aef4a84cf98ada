export { type Account, proveEmail } from "./service.ts";
export { endSetUp } from "./set-up.ts";
