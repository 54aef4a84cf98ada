import {
  type Compilable,
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from "kysely";
import type { Database } from "./connection.ts";
import type { Tables } from "./tables.gen.ts";

/** A statement whose SQL is written once; it answers with the rows. */
export type PreparedQuery<Parameters, Row> = (db: Database, parameters: Parameters) => Promise<Row[]>;

/**
 * Builds a statement at its first use, and from then on only fills in its parameters: for the statements of every call,
 * where Kysely spends more time on writing the SQL than on anything else. `build` is called with stand-ins for
 * the parameters, so what it writes cannot depend on their values; a parameter goes where a value goes, and whole.
 */
export function prepareQuery<Parameters extends object, Row>(
  build: (db: Database, parameters: Parameters) => Compilable<Row>,
): PreparedQuery<Parameters, Row> {
  let compiled: CompiledQuery<Row> | undefined;
  return async (db, parameters) => {
    compiled ??= build(compiler, standIns<Parameters>()).compile();
    const { rows } = await db.executeQuery<Row>({ ...compiled, parameters: fill(compiled.parameters, parameters) });
    return rows;
  };
}

/** Writes SQL, and is connected to nothing. */
const compiler = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** Stands in a statement for the parameter of this name. */
class StandIn {
  readonly name: PropertyKey;

  constructor(name: PropertyKey) {
    this.name = name;
  }
}

function standIns<Parameters extends object>(): Parameters {
  // It looks like the parameters to what builds the statement, and to nobody else.
  return new Proxy({} as Parameters, { get: (_target, name) => new StandIn(name) });
}

function fill(values: readonly unknown[], parameters: object): unknown[] {
  return values.map((value) => (value instanceof StandIn ? Reflect.get(parameters, value.name) : value));
}
