import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { finishFlow, startFlow } from "../../auth/social/flow.ts";
import { startFlowInput } from "../../auth/social/schema.ts";
import type { Dependencies } from "../../dependencies.ts";
import { GatehouseError } from "../../errors.ts";
import { callLimits, enforceLimits } from "../../limits/call-limit.ts";
import { toFieldErrors } from "../../schema/field-errors.ts";
import { createContext } from "../request-info.ts";
import { secondFactorCookie } from "../second-factor-cookie.ts";
import { cookiesOf } from "../session-cookies.ts";
import { sendErrorPage } from "./error-page.ts";
import { clearedFlowCookie, flowCookie, readFlowCookie } from "./flow-cookie.ts";

/** The largest form that a provider may post, in bytes: a code, the state, an id token and a name. */
const maxFormBytes = 32 * 1024;

/**
 * Adds `/v1/auth/social/{provider}/start` and `/callback`, to which browsers navigate. They are no procedures, since they answer
 * with redirects, and with a page where there is no address to go to.
 */
export function addSocialRoutes(app: FastifyInstance, deps: Dependencies): void {
  app.removeAllContentTypeParsers();
  const parseForm = { parseAs: "string", bodyLimit: maxFormBytes } as const;
  app.addContentTypeParser("application/x-www-form-urlencoded", parseForm, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  app.setErrorHandler((error, request, reply) => sendErrorPage(deps, { error, request, reply }));

  app.get<ProviderRoute>("/v1/auth/social/:provider/start", (request, reply) => start(deps, request, reply));
  app.get<ProviderRoute>("/v1/auth/social/:provider/callback", (request, reply) =>
    finish(deps, { request, reply, parameters: new URL(request.url, deps.config.publicUrl).searchParams }),
  );
  app.post<ProviderRoute>("/v1/auth/social/:provider/callback", (request, reply) =>
    finish(deps, { request, reply, parameters: formOf(request) }),
  );
}

interface ProviderRoute {
  Params: { provider: string };
}

async function start(deps: Dependencies, request: FastifyRequest<ProviderRoute>, reply: FastifyReply) {
  await enforceLimits(deps, [callLimits.socialSignIn], { per: "ip", key: request.clientAddress });
  const input = startFlowInput.safeParse(request.query);
  if (!input.success) throw new GatehouseError("INVALID_INPUT", { errors: toFieldErrors(input.error.issues) });
  const { deps: calling } = createContext(deps, { request, reply });
  const { url, sealed, usesFormPost } = await startFlow(calling, request.params.provider, input.data);
  return withoutTraces(reply).header("set-cookie", flowCookie(sealed, { usesFormPost })).redirect(url.href, 302);
}

interface Return {
  readonly request: FastifyRequest<ProviderRoute>;
  readonly reply: FastifyReply;
  readonly parameters: URLSearchParams;
}

async function finish(deps: Dependencies, { request, reply, parameters }: Return) {
  reply.header("set-cookie", clearedFlowCookie);
  await enforceLimits(deps, [callLimits.socialSignIn], { per: "ip", key: request.clientAddress });
  const { deps: calling, request: origin } = createContext(deps, { request, reply });
  const sealed = readFlowCookie(request.headers.cookie);
  const { redirectTo, signedIn } = await finishFlow(calling, {
    provider: request.params.provider,
    sealed,
    parameters,
    origin,
  });
  if (signedIn?.status === "signed_in") reply.header("set-cookie", cookiesOf(signedIn.session));
  if (signedIn?.status === "mfa_required") reply.header("set-cookie", secondFactorCookie(signedIn, deps.clock.now()));
  // 303: a browser that was posted here goes on with GET.
  return withoutTraces(reply).redirect(redirectTo, 303);
}

/** The address of a callback has a code: no cache keeps it, and no page learns of it. */
function withoutTraces(reply: FastifyReply): FastifyReply {
  return reply.headers({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
}

function formOf({ body }: FastifyRequest): URLSearchParams {
  if (body instanceof URLSearchParams) return body;
  throw new GatehouseError("UNSUPPORTED_MEDIA_TYPE");
}
