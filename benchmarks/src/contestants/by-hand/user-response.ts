const text = { type: "string" };
const optionalText = { type: "string", nullable: true };
const flag = { type: "boolean" };
const moment = { type: "string", format: "date-time" };

/** The answer of `user.me`, of which Fastify compiles a function that writes its JSON. */
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
