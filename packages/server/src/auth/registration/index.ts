export type { Registration } from "./schema.ts";
export { completeRegistration, holdRegistration } from "./service.ts";
export { deleteExpiredRegistrations } from "./store.ts";
