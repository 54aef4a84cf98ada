export { createBreachCheck } from "./breach-check.ts";
export { createPasswordPolicy, newPassword, type PasswordPolicy } from "./policy.ts";
export { hasPassword, isStillPassword, proveCurrentPassword, provePassword } from "./service.ts";
export { deletePassword, insertPassword } from "./store.ts";
