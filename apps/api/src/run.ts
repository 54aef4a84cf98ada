import { type Config, type Gatehouse, outboxLink } from "@gatehouse/server";
import { describeDatabase } from "@gatehouse/server/database";
import { explainFailure, stopOnSignals } from "./process-life.ts";

/**
 * Starts the server, prints its address, and stops it gracefully on SIGINT and SIGTERM. An error that the operator can
 * correct ends the process with a sentence and code 1.
 */
export async function run(create: () => Promise<Gatehouse>): Promise<void> {
  await explainFailure(async () => {
    const gatehouse = await create();
    announce(gatehouse, await gatehouse.listen());
    stopOnSignals({ log: gatehouse.deps.log, close: gatehouse.close });
  });
}

/** Prints a few lines for people, or writes one line to a log for machines. */
function announce({ deps }: Gatehouse, url: string): void {
  const { config, log } = deps;
  // The link contains a token, which must not be logged.
  if (config.log.format === "pretty")
    process.stdout.write(startupMessage(config, { url, outbox: outboxLink(deps, url) }));
  else log.info({ url, publicUrl: config.publicUrl, database: describeDatabase(config.database) }, "ready");
}

interface Addresses {
  readonly url: string;
  /** For browsers on other machines. */
  readonly outbox: string | undefined;
}

function startupMessage(config: Config, { url, outbox }: Addresses): string {
  const elsewhere = outbox === undefined ? "" : `\n                from elsewhere: ${outbox}`;
  return `
  Gatehouse is ready (${config.environment}).

    REST API    ${url}/v1
    RPC         ${url}/rpc
    Docs        ${url}/docs
    OpenAPI     ${url}/openapi.json
    Database    ${describeDatabase(config.database)}
    Mail        ${describeMail(config, url)}${elsewhere}

`;
}

function describeMail({ mail }: Config, url: string): string {
  if (mail.kind === "smtp") return `sent by ${new URL(mail.url).host}`;
  return mail.kind === "outbox" ? `not sent; see ${url}/dev/outbox` : "not configured (SMTP_URL)";
}
