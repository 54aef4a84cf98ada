import { sql } from "kysely";
import type { Database } from "./connection.ts";

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly generated: boolean;
  readonly hasDefault: boolean;
  /** The definition of the check constraint on this column alone, if there is one. */
  readonly check: string | null;
}

/** The TypeScript types of column values by PostgreSQL type. Both drivers are configured to return these. */
const typeScriptTypes: Readonly<Record<string, string>> = {
  int8: "string",
  int4: "number",
  bool: "boolean",
  text: "string",
  uuid: "string",
  date: "string",
  timestamptz: "Date",
  bytea: "Uint8Array",
  jsonb: "JSONColumnType<Record<string, unknown>>",
  _text: "string[]",
  xid8: "string",
};

/**
 * Generates the source of `tables.gen.ts`: Kysely's table types, from the schema of a migrated database. A check constraint
 * of the form `column in ('a', 'b')` becomes a union of literals.
 */
export async function describeTables(db: Database): Promise<string> {
  const columns = await readColumns(db);
  const tables = [...new Set(columns.map((column) => column.table))];
  const interfaces = tables.map((table) =>
    describeTable(
      table,
      columns.filter((column) => column.table === table),
    ),
  );
  const imports = ["Generated", "GeneratedAlways", "JSONColumnType"].filter((name) => uses(interfaces, name));
  return `// Made by \`pnpm db:types\` from the migrations; do not edit.
import type { ${imports.join(", ")} } from "kysely";

${interfaces.join("\n\n")}

/** Every table by its name. */
export interface Tables {
${tables.map((table) => `  ${table}: ${interfaceName(table)};`).join("\n")}
}
`;
}

function uses(sources: readonly string[], name: string): boolean {
  return sources.some((source) => source.includes(`${name}<`));
}

function describeTable(table: string, columns: readonly Column[]): string {
  const lines = columns.map(describeColumn);
  return `/** A row of \`${table}\`. */\nexport interface ${interfaceName(table)} {\n${lines.join("\n")}\n}`;
}

/** The formatter's limit, in characters. */
const maxLineLength = 120;

/** Describes a column. A union that is too long for a line gets a line for each member, as the formatter would break it. */
function describeColumn(column: Column): string {
  const type = columnType(column);
  const line = `  ${column.column}: ${type};`;
  if (line.length <= maxLineLength) return line;
  const members = type.split(" | ").map((member) => `\n    | ${member}`);
  return `  ${column.column}:${members.join("")};`;
}

function columnType(column: Column): string {
  const type = literalUnion(column.check) ?? typeScriptTypes[column.type];
  if (type === undefined) throw new Error(`No TypeScript type for ${column.table}.${column.column} (${column.type})`);
  const full = column.nullable ? `${type} | null` : type;
  if (column.generated) return `GeneratedAlways<${full}>`;
  return column.hasDefault ? `Generated<${full}>` : full;
}

/**
 * Reads the literals of a check constraint. PostgreSQL stores `in ('a', 'b')` as `= ANY (ARRAY['a'::text, 'b'::text])`, and
 * a single literal as `= 'a'::text`.
 */
function literalUnion(check: string | null): string | undefined {
  const [, several, one] =
    /^CHECK \(\(\w+ = (?:ANY \(ARRAY\[([^\]]+)\]\)|('[^']+'::text))\)\)$/.exec(check ?? "") ?? [];
  const literals = [...(several ?? one ?? "").matchAll(/'([^']+)'::text/g)].map(([, literal]) => `"${literal}"`);
  return literals.length === 0 ? undefined : literals.join(" | ");
}

function interfaceName(table: string): string {
  const words = table.split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join("")}Table`;
}

async function readColumns(db: Database): Promise<readonly Column[]> {
  const { rows } = await sql<Column>`
    select c.relname as table, a.attname as column, t.typname as type,
      not a.attnotnull as nullable, a.attidentity = 'a' as generated, a.atthasdef as "hasDefault",
      (select pg_get_constraintdef(con.oid) from pg_constraint con
        where con.conrelid = c.oid and con.contype = 'c' and con.conkey = array[a.attnum] limit 1) as check
    from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      join pg_type t on t.oid = a.atttypid
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'kysely\\_%'
    order by c.relname, a.attnum`.execute(db);
  return rows;
}
