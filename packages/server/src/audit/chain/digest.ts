import { createHash, createHmac } from "node:crypto";

/** What a link covers of an event, each as PostgreSQL writes it; the order is that of the digest. */
const linkedColumns = [
  "id",
  "public_id",
  "at",
  "action",
  "actor_kind",
  "actor_id",
  "impersonator_id",
  "api_key_id",
  "account_id",
  "target_kind",
  "target_id",
  "request_id",
] as const;

/** An event as a link covers it. What is personal is covered by a commitment, so that it can be erased. */
export type LinkedEvent = Readonly<Record<(typeof linkedColumns)[number], string | null>> & {
  readonly id: string;
  /** The JSON as PostgreSQL writes it. */
  readonly personal: string;
};

/** Where a link is in its chain, and what it covers. */
interface LinkContent {
  /** The digest of the link before it, or {@link chainStart}. */
  readonly previous: Uint8Array;
  /** The first day of the month, `2030-01-01`. */
  readonly month: string;
  readonly position: string;
  readonly commitment: Uint8Array;
  readonly event: LinkedEvent;
}

const version = "gatehouse audit 1";

/** The digest before the first link of a month. */
export function chainStart(month: string): Buffer {
  return createHash("sha256")
    .update(JSON.stringify([version, month]))
    .digest();
}

/** The digest of a link: SHA-256 of a JSON list of texts, which has one spelling. */
export function linkDigest({ previous, month, position, commitment, event }: LinkContent): Buffer {
  const facts = linkedColumns.map((column) => event[column]);
  const content = [version, hex(previous), month, position, hex(commitment), ...facts];
  return createHash("sha256").update(JSON.stringify(content)).digest();
}

/** The commitment to the personal part of an event. Nobody without the salt can check a guess of that part against it. */
export function commitTo(personal: string, salt: Uint8Array): Buffer {
  return createHmac("sha256", salt).update(personal).digest();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
