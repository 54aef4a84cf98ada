import { z } from "zod";

/** The token of a link. The form is not checked: a malformed token is rejected like a wrong one. */
export const linkTokenSchema = z
  .string()
  .meta({ description: "What follows `#token=` in the link", examples: ["q3N0…"] });
