import { expect, test } from "vitest";
import { asOutage, DatabaseUnavailableError } from "./availability.ts";

const withCode = (code: string, message = "failed") => Object.assign(new Error(message), { code });

test.each([
  ["a refused connection", withCode("ECONNREFUSED")],
  [
    "a name with several addresses, none of which answers",
    new AggregateError([withCode("ECONNREFUSED"), withCode("ETIMEDOUT")]),
  ],
  ["a server that shuts down", withCode("57P01")],
  ["a server that starts up", withCode("57P03")],
  ["a server that is full", withCode("53300")],
  ["a connection that broke", withCode("08006")],
  ["a pool that waited in vain", new Error("timeout exceeded when trying to connect")],
  ["a server that no longer answers", new Error("Query read timeout")],
  ["a connection that ended in use", new Error("Connection terminated unexpectedly")],
])("%s is an outage", (_what, error) => {
  expect(asOutage(error)).toEqual(new DatabaseUnavailableError("The database cannot be reached.", { cause: error }));
});

test.each([
  ["a violated constraint", withCode("23505")],
  ["wrong SQL", withCode("42601")],
  ["a timeout of the statement's own", withCode("57014")],
  ["an error of the code's own", new TypeError("Connection is not a function")],
  ["no error at all", "ECONNREFUSED"],
  ["an empty list of errors", new AggregateError([])],
])("%s is no outage", (_what, error) => {
  expect(asOutage(error)).toBe(error);
});
