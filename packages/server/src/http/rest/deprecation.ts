import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Deprecation, RestOperation } from "../../rpc/meta.ts";

const day = z.iso.date();

/** Throws for a day that does not exist, and for a sunset before the deprecation (RFC 9745, 4), so that the server does not start. */
export function refuseWrongDeprecation(procedure: string, deprecation: Deprecation | undefined): void {
  if (deprecation === undefined) return;
  const { since, sunset = since } = deprecation;
  const wrong = [since, sunset].find((text) => !day.safeParse(text).success);
  if (wrong !== undefined)
    throw new Error(`${procedure} has "${wrong}" in its deprecation, which is no day as 2026-11-30`);
  if (sunset < since) throw new Error(`${procedure} has a sunset before it is deprecated`);
}

interface Deprecated {
  readonly meta: { readonly deprecation?: Deprecation };
  readonly successor: RestOperation | undefined;
}

/** Adds the headers of a deprecated operation to a response; called before the request is judged, so refusals have them too. */
export type Announcement = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Returns what announces that an operation is deprecated, or `undefined` if it is not. */
export function createAnnouncement({ meta: { deprecation }, successor }: Deprecated): Announcement | undefined {
  if (deprecation === undefined) return undefined;
  const { since, sunset } = deprecation;
  const headers = {
    // A date of RFC 9651, 3.3.7: seconds since 1970.
    deprecation: `@${Date.parse(since) / 1000}`,
    ...(sunset === undefined ? {} : { sunset: new Date(sunset).toUTCString() }),
  };
  return async (request, reply) => {
    const target = successor === undefined ? undefined : fillPath(successor.path, request.params);
    reply.headers(target === undefined ? headers : { ...headers, link: `<${target}>; rel="successor-version"` });
  };
}

/** Fills the parameters of a path; returns `undefined` if the request lacks one of them. */
function fillPath(path: string, params: unknown): string | undefined {
  const given = new Map(Object.entries(params ?? {}));
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
  if (!names.every((name) => given.has(name))) return undefined;
  return path.replaceAll(/\{([^}]+)\}/g, (_braces, name: string) => encodeURIComponent(String(given.get(name))));
}

/** Describes a deprecation for the readers of the OpenAPI document. */
export function describeDeprecation({ since, sunset }: Deprecation, successor: RestOperation | undefined): string {
  const instead = successor === undefined ? "" : ` Use \`${successor.method} ${successor.path}\` instead.`;
  return `Deprecated since ${since}.${instead}${sunset === undefined ? "" : ` It may be gone from ${sunset}.`}`;
}
