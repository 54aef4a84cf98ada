import { type Config, type Gatehouse, StartupError } from "@gatehouse/server";
import { describeDatabase } from "@gatehouse/server/database";

/**
 * Starts the server, says where it is, and stops it gracefully on SIGINT and SIGTERM. What the operator can mend is said
 * in words and ends the process with code 1.
 */
export async function run(create: () => Promise<Gatehouse>): Promise<void> {
  try {
    const gatehouse = await create();
    announce(gatehouse, await gatehouse.listen());
    stopOnSignals(gatehouse);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(`${error.name}: ${error.message}\n`);
    process.exitCode = 1;
  }
}

/** In this time, in milliseconds, a signal is the same one again: process groups, npm and terminals each pass it on. */
const repeatMillis = 1000;

/** The first signal stops the server gracefully; another one, a while later, at once. */
function stopOnSignals(gatehouse: Gatehouse): void {
  let stoppingSince: number | undefined;
  const stop = () => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now();
      gatehouse.deps.log.info("stopping");
      void gatehouse.close();
    } else if (performance.now() - stoppingSince > repeatMillis) {
      process.exit(1);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}

/** For people, a few lines; where the log is for machines, a line of the log. */
function announce({ deps: { config, log } }: Gatehouse, url: string): void {
  if (config.log.format === "pretty") process.stdout.write(startupMessage(config, url));
  else log.info({ url, publicUrl: config.publicUrl, database: describeDatabase(config.database) }, "ready");
}

function startupMessage(config: Config, url: string): string {
  return `
  Gatehouse is ready (${config.environment}).

    REST API    ${url}/v1
    RPC         ${url}/rpc
    Docs        ${url}/docs
    OpenAPI     ${url}/openapi.json
    Database    ${describeDatabase(config.database)}

`;
}
