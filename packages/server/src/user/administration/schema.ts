import { z } from "zod";
import { mailRedirectSchema } from "../../auth/one-time-token/schema.ts";
import { dialledCountrySchema, typedPhoneSchema } from "../../auth/phone/schema.ts";
import { sessionTokensSchema } from "../../auth/session/schema.ts";
import { roleNameSchema } from "../../role/schema.ts";
import { pageInput, pageOf } from "../../schema/page.ts";
import { text } from "../../schema/text.ts";
import { momentSchema, timestampSchema } from "../../schema/timestamp.ts";
import { metadataSchema } from "../metadata/schema.ts";
import { emailSchema, profileFields, updateUserInput, userSchema } from "../schema.ts";

/** The most roles of a user. */
const maxRoles = 50;

/** In UTF-16 code units. Longer than any text of an account: it is no mistake, and nothing is found. */
const maxSearchLength = 12_000;

/** In UTF-16 code units: a time of the order of a list is short, an address is not. */
const maxOrderedCursorLength = 1500;

/** The input of `user.setRoles`: the roles that the user has from then on. */
export const setRolesInput = z.strictObject({
  id: z.uuid(),
  roles: z.array(roleNameSchema).max(maxRoles),
});

/** An account as operators see it. */
export const managedUserSchema = userSchema
  .extend({
    statusReason: z.string().nullable().meta({ description: "Why an operator disabled the account" }),
    disabledUntil: timestampSchema.nullable().meta({ description: "When it is enabled again by itself" }),
    deletedAt: timestampSchema
      .nullable()
      .meta({ description: "When it was deleted; it can be restored until it is erased" }),
  })
  .meta({ id: "ManagedUser" });

/** An account with what takes more to find out. */
export const userDetailsSchema = managedUserSchema
  .extend({
    lastSignInAt: timestampSchema
      .nullable()
      .meta({ description: "Of the sessions that are kept: those that ended up to 90 days ago" }),
    hasPassword: z.boolean(),
    secondFactors: z
      .array(z.enum(["totp", "passkey", "email"]))
      .meta({ description: "What sign-ins take besides the first proof" }),
    secondFactorResetAt: timestampSchema
      .nullable()
      .meta({ description: "When the second factors end by an operator's reset; null if none is pending" }),
    privateMetadata: z
      .record(z.string(), z.unknown())
      .meta({ description: "Data that the app defines and its user neither sees nor changes" }),
  })
  .meta({ id: "UserDetails" });

/** The output of `user.resetSecondFactors`. */
export const secondFactorResetOutput = z.object({
  resetAt: timestampSchema.meta({ description: "When the second factors end, unless the reset is stopped before" }),
});

/** What a list of accounts is filtered by. */
export const userFilterSchema = z.strictObject({
  search: text({ min: 0, max: maxSearchLength })
    .optional()
    .meta({
      description:
        "A part of the address, username, names or telephone number, or the whole id. One or two letters find the beginnings of words",
      examples: ["ada"],
    }),
  role: roleNameSchema.optional(),
  status: z
    .enum(["active", "deactivated", "disabled", "deleted"])
    .optional()
    .meta({ description: "Default: all but the deleted accounts" }),
  createdFrom: momentSchema.optional(),
  createdTo: momentSchema.optional().meta({ description: "The first moment that is too late" }),
  emailVerified: z.boolean().optional(),
  anonymous: z.boolean().optional().meta({ description: "Whether the account has no identifier" }),
});

/** The input of `user.list`. */
export const listUsersInput = userFilterSchema
  .extend({
    sort: z
      .enum(["createdAt", "-createdAt", "email", "-email"])
      .default("-createdAt")
      .meta({ description: "With a minus sign, the largest first" }),
    ...pageInput,
    cursor: z.string().max(maxOrderedCursorLength).optional().meta({ description: "`nextCursor` of the page before" }),
  })
  .prefault({});

/** The output of `user.list`. */
export const listUsersOutput = pageOf(managedUserSchema);

/** The input of operations that only name an account. */
export const userIdInput = z.strictObject({ id: z.uuid() });

/** The input of lists of what a user has. */
export const listOfUserInput = z.strictObject({ id: z.uuid(), ...pageInput });

/** The input of `user.removePasskey`. */
export const removePasskeyOfUserInput = z.strictObject({ id: z.uuid(), passkeyId: z.uuid() });

/** What an operator says about a new account. */
export const createUserInput = z.strictObject({
  email: emailSchema.optional().meta({
    description:
      "Its owner is sent an invitation. Required, unless accounts may have a username or a number instead (`REGISTRATION_IDENTIFIERS`)",
  }),
  phone: typedPhoneSchema.optional().meta({
    description:
      "E.164, or as dialled within `country`, where accounts may be registered by a number. You vouch for it: it counts as proven. Not together with an address",
  }),
  country: dialledCountrySchema,
  ...profileFields,
});

/** A link to choose a password, which an operator passes on. */
export const passwordLinkSchema = z
  .object({
    url: z.url().meta({ description: "A secret: anybody who opens it chooses the password. It works once" }),
    expiresAt: timestampSchema,
  })
  .meta({ id: "PasswordLink" });

/** The output of `user.create`. */
export const createdUserSchema = managedUserSchema
  .extend({
    passwordLink: passwordLinkSchema
      .nullable()
      .meta({ description: "For the user of an account without an address; null where a mail goes to the address" }),
  })
  .meta({ id: "CreatedUser" });

/** The input of `user.create`. */
export const inviteUserInput = createUserInput.extend({ redirectTo: mailRedirectSchema });

/** The input of `user.requirePasswordChange`. */
export const requirePasswordChangeInput = userIdInput.extend({ redirectTo: mailRedirectSchema });

/** The input of `user.adminUpdate`. A missing field keeps its value, and null clears it. */
export const adminUpdateInput = z.strictObject({
  id: z.uuid(),
  ...updateUserInput.shape,
  /** Replaced as a whole. */
  privateMetadata: metadataSchema.optional(),
});

/** The input of `user.impersonate`. */
export const impersonateInput = z.strictObject({
  id: z.uuid(),
  reason: text({ max: 500 })
    .optional()
    .meta({ description: "For the audit log", examples: ["Ticket 4711"] }),
});

/** The output of `user.impersonate`. */
export const impersonateOutput = z.object({ user: userSchema, session: sessionTokensSchema });

/** The input of `user.disable`. */
export const disableUserInput = z.strictObject({
  id: z.uuid(),
  reason: text({ max: 500 }).meta({
    description: "For operators; the user is not told",
    examples: ["Chargeback 4711"],
  }),
  until: momentSchema
    .optional()
    .meta({ description: "When the account is enabled again. Default: an operator decides" }),
});
