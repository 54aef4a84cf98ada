import { Client } from "pg";
import { z } from "zod";
import type { Database } from "../../packages/server/src/database/connection.ts";
import { overPool } from "../../packages/server/src/database/connection.ts";

/** A table that a statement reads from its first row to its last. */
interface WholeRead {
  readonly table: string;
  readonly statement: string;
}

interface ExplainedDatabase extends AsyncDisposable {
  readonly db: Database;
  /** The tables that statements since the last call read whole, and forgets them. */
  takeWholeReads(): readonly WholeRead[];
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string | undefined;
  readonly Plans?: readonly PlanNode[] | undefined;
}

const planNode: z.ZodType<PlanNode> = z.object({
  "Node Type": z.string(),
  "Relation Name": z.string().optional(),
  get Plans() {
    return z.array(planNode).optional();
  },
});

const explained = z.tuple([z.object({ "QUERY PLAN": z.tuple([z.object({ Plan: planNode })]) })]);

/**
 * Opens a database of one connection that explains each statement before it runs it: with its values, and as the generic
 * plan that a prepared statement comes to after some uses (PostgreSQL's documentation of PREPARE).
 */
export async function openExplained(url: string): Promise<ExplainedDatabase> {
  const client = new Client(url);
  await client.connect();
  await client.query("set plan_cache_mode = force_generic_plan");
  let wholeReads: WholeRead[] = [];
  let count = 0;
  const note = (rows: unknown, statement: string) => {
    const [{ "QUERY PLAN": plans }] = explained.parse(rows);
    for (const table of listSequentialScans(plans[0].Plan)) wholeReads.push({ table, statement });
  };
  const explain = async (text: string, values: readonly unknown[]) => {
    note((await client.query(`explain (format json) ${text}`, [...values])).rows, text);
    count += 1;
    await client.query(`prepare statement_${count} as ${text}`);
    const given = values.length === 0 ? "" : `(${values.map(toLiteral).join(", ")})`;
    note((await client.query(`explain (format json) execute statement_${count}${given}`)).rows, text);
  };
  const query = async (text: string, values: unknown[]) => {
    if (/^\s*(select|insert|update|delete|with)\b/i.test(text)) await explain(text, values);
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
    takeWholeReads() {
      const taken = wholeReads;
      wholeReads = [];
      return taken;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

function listSequentialScans(node: PlanNode): readonly string[] {
  const own = node["Node Type"] === "Seq Scan" ? [node["Relation Name"] ?? "?"] : [];
  return [...own, ...(node.Plans ?? []).flatMap(listSequentialScans)];
}

/** The value as a literal of a type that PostgreSQL infers. */
function toLiteral(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return `'${toText(value).replaceAll("'", "''")}'`;
}

function toText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return `{${value.map(toElement).join(",")}}`;
  return String(value);
}

function toElement(value: unknown): string {
  return value === null ? "null" : `"${toText(value).replaceAll(/["\\]/g, "\\$&")}"`;
}
