import { startGatehouse, type TestGatehouse } from "../gatehouse.ts";
import { share } from "../shared-gatehouse.ts";
import { LocalProvider } from "./provider.ts";
import { apple, company, facebook, github, google, microsoft } from "./sign-in.ts";

/** A server, and the providers at which its users sign in. */
export interface SocialScene extends AsyncDisposable {
  readonly local: LocalProvider;
  readonly server: TestGatehouse;
}

interface SceneOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly providers?: readonly object[];
}

const everyProvider = [google, apple, github, facebook, microsoft, company];

/** Starts both; the tokens of the providers have the time of the server's clock. */
export async function startSocial({
  environment = {},
  providers = everyProvider,
}: SceneOptions = {}): Promise<SocialScene> {
  await using owned = new AsyncDisposableStack();
  const local = owned.use(await LocalProvider.start());
  const server = owned.use(await startGatehouse({ environment: { ...local.environment(providers), ...environment } }));
  local.now = () => server.clock.now();
  const opened = owned.move();
  return { local, server, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Shares one server, with the providers at which its users sign in, between tests that are not about them. */
export function shareServerWithProviders(environment: Readonly<Record<string, string>> = {}): () => TestGatehouse {
  const scene = share(() => startSocial({ environment }));
  return () => scene().server;
}
