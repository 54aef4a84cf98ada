export { DatabaseUnavailableError } from "./availability.ts";
export { type Database, type DatabaseTransaction, inTransaction } from "./connection.ts";
export { violatedUniqueConstraint } from "./constraint.ts";
