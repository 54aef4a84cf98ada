import type { z } from "zod";
import type { FieldError } from "../errors.ts";
import { type PasswordRefusalReason, passwordRefusalReasons } from "../password-refusal.ts";

/** The most errors in a response. A hostile input could otherwise cause thousands. */
const maxFieldErrors = 50;

/** Converts zod's issues to field errors. An unknown key is reported at its own path. */
export function toFieldErrors(issues: readonly z.core.$ZodIssue[]): readonly FieldError[] {
  return issues.flatMap(fieldErrorsOf).slice(0, maxFieldErrors);
}

function fieldErrorsOf(issue: z.core.$ZodIssue): readonly FieldError[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") {
    const reason = reasonOf(issue);
    return [{ path: path.join("."), message: messageOf(issue), ...(reason === undefined ? {} : { reason }) }];
  }
  return unknownFields(issue.keys.map((key) => [...path, key].join(".")));
}

/** Returns the errors for fields that the schema does not have, by their paths. */
export function unknownFields(paths: readonly string[]): readonly FieldError[] {
  return paths.slice(0, maxFieldErrors).map((path) => ({ path, message: "Unknown field" }));
}

/** Reads the reason that a password schema adds to its issue. */
function reasonOf(issue: z.core.$ZodIssue): PasswordRefusalReason | undefined {
  if (issue.code !== "custom") return undefined;
  const { reason: given } = issue.params ?? {};
  return passwordRefusalReasons.find((reason) => reason === given);
}

/** Rewrites zod's own messages for people who do not know zod, and keeps the messages that a schema defines. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    return issue.message.endsWith("received undefined") ? "Required" : `Must be of type ${issue.expected}`;
  }
  if (issue.code === "invalid_value") return `Must be one of: ${issue.values.map(String).join(", ")}`;
  if (issue.code === "too_small") return `Must be at least ${quantity(issue.minimum, issue.origin)}`;
  if (issue.code === "too_big") return `Must be at most ${quantity(issue.maximum, issue.origin)}`;
  return issue.message;
}

/** Returns the limit, with its unit if it counts characters. */
function quantity(limit: number | bigint, origin: string): string {
  if (origin !== "string") return String(limit);
  return Number(limit) === 1 ? "1 character" : `${limit} characters`;
}
