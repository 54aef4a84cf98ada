export { isPasswordOf } from "./service.ts";
export { insertPassword } from "./store.ts";
