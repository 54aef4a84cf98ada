/** The columns of a user that the floor reads, as pg gives them. */
export interface UserRow {
  /** A `bigint`. */
  readonly id: string;
  readonly public_id: string;
  readonly email: string;
  readonly email_verified_at: Date | null;
  readonly username: string | null;
  readonly given_name: string | null;
  readonly family_name: string | null;
  readonly birth_date: string | null;
  readonly locale: string;
  readonly phone: string | null;
  readonly phone_verified_at: Date | null;
  readonly status: string;
  readonly roles: readonly string[];
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** A user in the form of Gatehouse's output. */
export function toUser(row: UserRow) {
  return {
    id: row.public_id,
    email: row.email,
    emailVerified: row.email_verified_at !== null,
    username: row.username,
    givenName: row.given_name,
    familyName: row.family_name,
    birthDate: row.birth_date,
    locale: row.locale,
    phone: row.phone,
    phoneVerified: row.phone_verified_at !== null,
    status: row.status,
    roles: row.roles,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const text = { type: "string" };
const optionalText = { type: "string", nullable: true };
const flag = { type: "boolean" };
const moment = { type: "string", format: "date-time" };

/** The answer with a user, as a schema for Fastify, which compiles it to a function that writes the JSON. */
export const userResponse = {
  200: {
    type: "object",
    properties: {
      id: text,
      email: text,
      emailVerified: flag,
      username: optionalText,
      givenName: optionalText,
      familyName: optionalText,
      birthDate: optionalText,
      locale: text,
      phone: optionalText,
      phoneVerified: flag,
      status: text,
      roles: { type: "array", items: text },
      createdAt: moment,
      updatedAt: moment,
    },
  },
};
