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
 * where Kysely spends more time on writing the SQL than on anything else.
 *
 * `build` gets stand-ins, so what it writes cannot depend on values: a parameter goes where a value goes, and whole.
 * Making text or numbers of one, or looking which there are, throws; comparing one with null cannot be noticed, and
 * is wrong. A parameter that is not given throws at each use.
 */
export function prepareQuery<Parameters extends object, Row>(
  build: (db: Database, parameters: Parameters) => Compilable<Row>,
): PreparedQuery<Parameters, Row> {
  let compiled: CompiledQuery<Row> | undefined;
  return async (db, parameters) => {
    compiled ??= build(openCompiler(), standIns<Parameters>()).compile();
    const { rows } = await db.executeQuery<Row>({ ...compiled, parameters: fill(compiled.parameters, parameters) });
    return rows;
  };
}

/** Writes SQL, and is connected to nothing. */
function openCompiler(): Database {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

/** Stands in a statement for the parameter of this name. */
class StandIn {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  [Symbol.toPrimitive](): never {
    throw new TypeError(`The parameter "${this.name}" of a prepared statement has no value yet.`);
  }
}

/** Looks like the parameters to what builds the statement. */
function standIns<Parameters extends object>(): Parameters {
  const refuse = () => {
    throw new TypeError("Name the parameters of a prepared statement one by one.");
  };
  // The names are those of the type, whichever the builder asks for.
  return new Proxy({} as Parameters, {
    get: (_target, name) => new StandIn(String(name)),
    ownKeys: refuse,
    has: refuse,
  });
}

function fill(values: readonly unknown[], parameters: object): unknown[] {
  return values.map((value) => (value instanceof StandIn ? given(parameters, value) : value));
}

function given(parameters: object, { name }: StandIn): unknown {
  const value: unknown = Reflect.get(parameters, name);
  if (value === undefined) throw new TypeError(`The parameter "${name}" of a prepared statement is missing.`);
  return value;
}
