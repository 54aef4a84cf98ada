import { afterAll, beforeAll } from "vitest";
import { startGatehouse, type TestGatehouse } from "./gatehouse.ts";

/**
 * One server for all tests of the file or the `describe` that calls this, closed after the last of them: for tests over every
 * procedure, which make what they need and do not mind what others left. Returns a function; a test calls it for the server.
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
