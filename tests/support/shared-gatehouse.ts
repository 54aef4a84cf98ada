import { afterAll, beforeAll } from "vitest";
import { startGatehouse, type TestGatehouse } from "./gatehouse.ts";

/**
 * Starts one server for all tests of the file or `describe` that calls this, and closes it after the last test. It is
 * for tests over every procedure, which create their own data and ignore that of others. Returns a function that
 * returns the server.
 */
export function shareGatehouse(options?: Parameters<typeof startGatehouse>[0]): () => TestGatehouse {
  let server: TestGatehouse | undefined;
  beforeAll(async () => {
    server = await startGatehouse(options);
  });
  afterAll(async () => await server?.[Symbol.asyncDispose]());
  return () => {
    if (server === undefined) throw new Error("The server is there once the tests run");
    return server;
  };
}
