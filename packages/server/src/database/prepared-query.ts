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

/** A statement whose SQL is compiled once; it returns the rows. */
export type PreparedQuery<Parameters, Row> = (db: Database, parameters: Parameters) => Promise<Row[]>;

/**
 * Compiles a statement at its first use and afterwards only fills in its parameters. It is for statements that run in every
 * call, where Kysely would spend most of its time on compiling the SQL.
 *
 * `build` receives placeholders instead of values, so the SQL cannot depend on values. It must use each parameter as a
 * whole, in the place of a value. Converting a parameter to text or a number throws, and so does checking which parameters
 * exist. Comparing a parameter with null is a mistake that cannot be detected. A use with a missing parameter throws.
 */
export function prepareQuery<Parameters extends object, Row>(
  build: Builder<Parameters, Row>,
): PreparedQuery<Parameters, Row> {
  const write = writeOnce(build);
  return async (db, parameters) => (await db.executeQuery(write(parameters))).rows;
}

/**
 * Compiles a statement like {@link prepareQuery}, for a read by a primary key or a unique index. Outside a transaction the
 * statement runs on the read lane, where other statements queue behind it, so it must be fast for tables of any size. Its
 * first use throws if it is more than a plain `select`.
 */
export function prepareShortRead<Parameters extends object, Row>(
  build: Builder<Parameters, Row>,
): PreparedQuery<Parameters, Row> {
  const write = writeOnce((db, parameters: Parameters) => assertRead(build(db, parameters)));
  return async (db, parameters) => {
    const query = write(parameters);
    const rows = db instanceof PooledDatabase ? await db.readLane.read(query.sql, query.parameters) : undefined;
    // The lane does not know the type of the rows; the statement's builder defines it.
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

/** Rejects row locks, which would end at once outside a transaction, and `with` clauses, which may write. */
function assertRead<Row>(statement: Compilable<Row>): Compilable<Row> {
  const { query } = statement.compile();
  if (SelectQueryNode.is(query) && query.with === undefined && query.endModifiers === undefined) return statement;
  throw new TypeError("A short read is one select, without a lock and without another statement in it.");
}

/** A database without a connection, which only compiles SQL. */
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

/** The placeholder in a statement for the parameter of this name. */
class StandIn {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  [Symbol.toPrimitive](): never {
    throw new TypeError(`The parameter "${this.name}" of a prepared statement has no value yet.`);
  }
}

/** Returns a proxy that gives the builder a placeholder for each parameter. */
function standIns<Parameters extends object>(): Parameters {
  const refuse = () => {
    throw new TypeError("Name the parameters of a prepared statement one by one.");
  };
  // The type limits the names that the builder can ask for, so every name gets a placeholder.
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
