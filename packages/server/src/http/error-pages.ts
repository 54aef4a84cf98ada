import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import { escapeHtml } from "../delivery/escape-html.ts";
import { errorRegistry, GatehouseError, type GatehouseErrorCode } from "../errors.ts";
import { plainPage, plainPagePolicy } from "./plain-page.ts";

/**
 * Adds a page for each error code at `/docs/errors/CODE`, the URL in the `type` of a problem document, and the list of them at
 * `/docs/errors`.
 */
export function addErrorPages(app: FastifyInstance, { isDocumented }: Pick<Config, "isDocumented">): void {
  app.get("/docs/errors", async (_request, reply) =>
    reply.type("text/html; charset=utf-8").header("content-security-policy", plainPagePolicy).send(listPage()),
  );
  app.get<{ Params: { code: string } }>("/docs/errors/:code", async (request, reply) => {
    const { code } = request.params;
    if (!isCode(code))
      throw new GatehouseError("NOT_FOUND", { detail: `There is no error code ${JSON.stringify(code)}.` });
    await reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", plainPagePolicy)
      .send(errorPage(code, isDocumented));
  });
}

function isCode(code: string): code is GatehouseErrorCode {
  return Object.hasOwn(errorRegistry, code);
}

function listPage(): string {
  const rows = Object.entries(errorRegistry).map(
    ([code, { status, title }]) =>
      `<tr><td><a href="/docs/errors/${code}"><code>${code}</code></a></td><td>${status}</td><td>${toHtml(title)}</td></tr>`,
  );
  const body = `<p><a href="/">Home</a></p>
<h1>Error codes</h1>
<p>Every error is a problem document (RFC 9457). Programs decide by its <code>code</code>, which stays as it is.</p>
<table>
<thead><tr><th>Code</th><th>HTTP status</th><th>Title</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
  return plainPage({ title: "Error codes", body });
}

function errorPage(code: GatehouseErrorCode, isDocumented: boolean): string {
  const { status, title, meaning, remedy } = errorRegistry[code];
  const body = `<p><a href="/docs/errors">Error codes</a>${isDocumented ? ' · <a href="/docs">Operations</a>' : ""}</p>
<h1>${toHtml(title)}</h1>
<p><code>${code}</code> · HTTP ${status}</p>
<h2>What it means</h2>
<p>${toHtml(meaning)}</p>
<h2>What to do</h2>
<p>${toHtml(remedy)}</p>`;
  return plainPage({ title: code, body });
}

/** Renders a text of the registry, in which backquotes mark code. */
function toHtml(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}
