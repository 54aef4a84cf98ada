// Keeps what destroys data, or adds users whose password everybody knows, away from real databases.

const loopbackHosts: readonly string[] = ["localhost", "127.0.0.1", "[::1]", ""];

/** Whether the command may run: not in production, and not on a database of another machine. Says why it may not. */
export function isAllowedHere(command: string, environment: NodeJS.ProcessEnv = process.env): boolean {
  const { NODE_ENV = "development", DATABASE_URL = "" } = environment;
  // What is no address at all is told by the configuration.
  const hostname = URL.parse(DATABASE_URL)?.hostname ?? "";
  const isReal = NODE_ENV === "production" || NODE_ENV === "staging";
  if (!isReal && loopbackHosts.includes(hostname)) return true;
  const where = isReal ? `where NODE_ENV is ${NODE_ENV}` : `on a database of another machine (${hostname})`;
  console.error(`db:${command} is for development; it does not run ${where}.`);
  return false;
}
