import {
  type Compilable,
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SelectQueryNode,
} from "kysely";
import { type Database, PooledDatabase } from "./connection.ts";
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
  build: Builder<Parameters, Row>,
): PreparedQuery<Parameters, Row> {
  const write = writeOnce(build);
  return async (db, parameters) => (await db.executeQuery(write(parameters))).rows;
}

/**
 * Builds a statement as {@link prepareQuery} does, for rows that are found by a primary key or a unique index. Outside a
 * transaction it goes over the read lane, where others wait for it: it must be short whatever the tables hold. Throws at its
 * first use if it is more than a `select`.
 */
export function prepareShortRead<Parameters extends object, Row>(
  build: Builder<Parameters, Row>,
): PreparedQuery<Parameters, Row> {
  const write = writeOnce((db, parameters: Parameters) => assertRead(build(db, parameters)));
  return async (db, parameters) => {
    const query = write(parameters);
    const rows = db instanceof PooledDatabase ? await db.readLane.read(query.sql, query.parameters) : undefined;
    // Rows of the lane are what the statement's builder says, as those of the pool are.
    return (rows as Row[] | undefined) ?? (await db.executeQuery(query)).rows;
  };
}

type Builder<Parameters, Row> = (db: Database, parameters: Parameters) => Compilable<Row>;

function writeOnce<Parameters extends object, Row>(build: Builder<Parameters, Row>) {
  let compiled: CompiledQuery<Row> | undefined;
  return (parameters: Parameters): CompiledQuery<Row> => {
    compiled ??= build(openCompiler(), standIns<Parameters>()).compile();
    return { ...compiled, parameters: fill(compiled.parameters, parameters) };
  };
}

/** A lock would be released as soon as it is held, and what comes before `select` may write. */
function assertRead<Row>(statement: Compilable<Row>): Compilable<Row> {
  const { query } = statement.compile();
  if (SelectQueryNode.is(query) && query.with === undefined && query.endModifiers === undefined) return statement;
  throw new TypeError("A short read is one select, without a lock and without another statement in it.");
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
