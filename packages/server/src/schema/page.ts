import { z } from "zod";

/** The page size if the caller sends none. */
export const defaultPageSize = 20;
const maxPageSize = 100;

/** The input fields of every list; spread them into the list's own input. */
export const pageInput = {
  cursor: z.string().max(500).optional().meta({ description: "`nextCursor` of the page before" }),
  limit: z.int().min(1).max(maxPageSize).default(defaultPageSize),
};

/** The output of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: "Send as `cursor` for the next page; null at the end" }),
  });
}
