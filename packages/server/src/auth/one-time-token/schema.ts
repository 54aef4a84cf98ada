import { z } from "zod";
import { redirectToSchema } from "../sign-in-code/schema.ts";

/** The token of a link. The form is not checked: a malformed token is rejected like a wrong one. */
export const linkTokenSchema = z
  .string()
  .meta({ description: "What follows `#token=` in the link", examples: ["q3N0…"] });

/** Where the page behind a mail's link leads. Services check it with `requireMailRedirect`. */
export const mailRedirectSchema = redirectToSchema.optional().meta({
  description:
    "Where the page behind the mail's link leads after it has done its work: an address that ALLOWED_REDIRECTS of the server allows",
});

/** The same, as an inspection of the link returns it. */
export const linkRedirectSchema = z
  .string()
  .nullable()
  .meta({
    description: "The `redirectTo` of the request for the link, or null. The server has checked it",
    examples: ["https://app.example.com/signed-in"],
  });
