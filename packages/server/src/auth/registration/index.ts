export type { Registration } from "./schema.ts";
export { sealedRegistrations } from "./sealed.ts";
export { completeRegistration, findRegistrationOrigin, holdRegistration } from "./service.ts";
export { deleteExpiredRegistrations } from "./store.ts";
