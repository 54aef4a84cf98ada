export { DatabaseUnavailableError } from "./availability.ts";
export { type Database, type DatabaseTransaction, EmbeddedDatabase, inTransaction } from "./connection.ts";
export { violatedUniqueConstraint } from "./constraint.ts";
