// The audit exports for the command line; the server itself imports the slice directly.
export { makeCheckpoint } from "./audit/chain/checkpoint.ts";
export { listPublicKeys } from "./audit/chain/checkpoint-key.ts";
export { findNewestCheckpoint } from "./audit/chain/checkpoint-store.ts";
export type { Finding } from "./audit/chain/finding.ts";
export { linkEvents } from "./audit/chain/link-events.ts";
export { type VerifiedLog, verifyLog } from "./audit/chain/verify.ts";
export { auditFilterSchema } from "./audit/schema.ts";
export { exportAuditEvents } from "./audit/service.ts";
