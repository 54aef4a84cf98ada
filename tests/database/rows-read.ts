import { Client } from "pg";
import { z } from "zod";
import { type Database, overPool } from "../../packages/server/src/database/connection.ts";

interface MeasuredDatabase extends AsyncDisposable {
  readonly db: Database;
  /** The rows that statements since the last call took from tables and indexes, those included that a filter dropped. */
  takeRowsRead(): number;
}

interface PlanNode {
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number | undefined;
  readonly "Rows Removed by Index Recheck"?: number | undefined;
  readonly Plans?: readonly PlanNode[] | undefined;
}

const planNode: z.ZodType<PlanNode> = z.object({
  "Actual Rows": z.number(),
  "Actual Loops": z.number(),
  "Rows Removed by Filter": z.number().optional(),
  "Rows Removed by Index Recheck": z.number().optional(),
  get Plans() {
    return z.array(planNode).optional();
  },
});

const analyzed = z.tuple([z.object({ "QUERY PLAN": z.tuple([z.object({ Plan: planNode })]) })]);

/** Opens a database of one connection that runs each reading statement once more, to count the rows that it reads. */
export async function openMeasured(url: string): Promise<MeasuredDatabase> {
  const client = new Client(url);
  await client.connect();
  let rowsRead = 0;
  const query = async (text: string, values: unknown[]) => {
    if (/^\s*(select|with)\b/i.test(text)) {
      const { rows } = await client.query(`explain (analyze, format json) ${text}`, values);
      const [{ "QUERY PLAN": plans }] = analyzed.parse(rows);
      rowsRead += rowsOf(plans[0].Plan);
    }
    return await client.query(text, values);
  };
  const db = overPool({
    options: {},
    // Kysely calls only this form; the overloads of pg cannot be written as one function.
    connect: async () => ({ query: query as Client["query"], release: () => undefined }),
    end: () => client.end(),
  });
  return {
    db,
    takeRowsRead() {
      const taken = rowsRead;
      rowsRead = 0;
      return taken;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** A node without others below it reads a table or an index. */
function rowsOf(node: PlanNode): number {
  const { Plans: below = [], "Actual Loops": loops } = node;
  const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
  const own = below.length === 0 ? node["Actual Rows"] + removed : removed;
  return own * loops + below.reduce((sum, each) => sum + rowsOf(each), 0);
}
