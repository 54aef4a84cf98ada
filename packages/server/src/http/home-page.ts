import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import { hasOutbox } from "../delivery/config.ts";
import { escapeHtml } from "../delivery/escape-html.ts";
import { plainPage, plainPagePolicy } from "./plain-page.ts";

type HomeSettings = Pick<Config, "environment" | "isDocumented" | "productName" | "publicUrl">;

/** An address of this server that somebody may look for. */
interface Destination {
  /** Its name in the answer of `/v1`. */
  readonly name: string;
  readonly path: string;
  readonly label: string;
  readonly text: string;
}

/** Adds `/`, a page that says what runs here, and `/v1`, which tells programs. Both name what this server has. */
export function addHomePage(app: FastifyInstance, config: HomeSettings): void {
  const page = homePage(config);
  const addresses = destinationsOf(config).map(({ name, path }) => [name, `${config.publicUrl}${path}`]);
  const index = { name: config.productName, ...Object.fromEntries(addresses) };
  app.get("/", async (_request, reply) =>
    reply.type("text/html; charset=utf-8").header("content-security-policy", plainPagePolicy).send(page),
  );
  app.get("/v1", async () => index);
}

function destinationsOf({ environment, isDocumented }: HomeSettings): readonly Destination[] {
  return [
    { name: "signIn", path: "/sign-in", label: "Sign in", text: "The page to sign in, and to create an account" },
    ...(isDocumented
      ? [
          { name: "documentation", path: "/docs", label: "Operations", text: "Every operation, to read and to try" },
          { name: "openapi", path: "/openapi.json", label: "OpenAPI", text: "The document for generators of clients" },
        ]
      : []),
    { name: "errors", path: "/docs/errors", label: "Error codes", text: "What each means, and what to do" },
    ...(hasOutbox({ NODE_ENV: environment })
      ? [{ name: "outbox", path: "/dev/outbox", label: "Outbox", text: "The messages that were not sent" }]
      : []),
    { name: "keys", path: "/.well-known/jwks.json", label: "Public keys", text: "For services that verify tokens" },
    { name: "health", path: "/health/ready", label: "Health", text: "Whether the server takes calls" },
  ];
}

function homePage(config: HomeSettings): string {
  const rows = destinationsOf(config).map(
    ({ path, label, text }) =>
      `<tr><td><a href="${path}">${label}</a></td><td>${text}</td><td><code>${path}</code></td></tr>`,
  );
  const body = `<h1>${escapeHtml(config.productName)}</h1>
<p>Accounts, sessions and devices, by Gatehouse. Programs call the operations under <code>/v1</code> and <code>/rpc</code>.</p>
<table>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
  return plainPage({ title: "Home", body });
}
