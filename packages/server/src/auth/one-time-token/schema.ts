import { z } from "zod";

/** A token of a link, as presented. Its form is not its proof: one that is malformed is refused as a wrong one is. */
export const linkTokenSchema = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: "What follows `#token=` in the link", examples: ["q3N0…"] });
