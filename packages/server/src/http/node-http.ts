/**
 * The values of `node:http` that the server uses. An import of that module reads all its exports, among them a WebSocket for
 * which Node then loads its whole HTTP client: a twentieth of the time that a start takes.
 */
export const { createServer, IncomingMessage, maxHeaderSize, ServerResponse, STATUS_CODES } =
  process.getBuiltinModule("node:http");
