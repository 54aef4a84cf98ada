export { assertOpenable } from "./assert-openable.ts";
export { enqueueReencryption, reencryptionJob, runReencryption } from "./job.ts";
export { type ReencryptionResult, reencrypt } from "./reencrypt.ts";
export { sealedColumn } from "./sealed-column.ts";
export type { ResealedValue, SealedData, SealedValue } from "./sealed-data.ts";
export { listVersionsInUse } from "./versions-in-use.ts";
