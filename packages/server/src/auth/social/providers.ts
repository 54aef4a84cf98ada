import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { GatehouseError } from "../../errors.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { Provider } from "./provider.ts";
import { createProviderFetch } from "./provider-http.ts";

/** What the providers are made from. */
interface ProvidersOptions {
  readonly config: Pick<Config, "social" | "outbound">;
  readonly clock: Clock;
  readonly outbound: Pick<Outbound, "send">;
}

/** The configured providers. Each is made for its first use: a start needs neither the libraries nor a provider that answers. */
export class SocialProviders {
  readonly #options: ProvidersOptions;
  readonly #made = new Map<string, Promise<Provider>>();

  constructor(options: ProvidersOptions) {
    this.#options = options;
  }

  /** The provider of this name. Throws `NOT_FOUND`. */
  async get(name: string): Promise<Provider> {
    const settings = this.#options.config.social.providers.find((provider) => provider.name === name);
    if (settings === undefined) throw new GatehouseError("NOT_FOUND", { detail: "There is no provider of this name." });
    const known = this.#made.get(name);
    if (known !== undefined) return await known;
    const made = this.#make(settings);
    this.#made.set(name, made);
    return await made;
  }

  async #make(settings: Config["social"]["providers"][number]): Promise<Provider> {
    const { config, clock, outbound } = this.#options;
    const { detour, timeoutSeconds } = config.social;
    const timeoutMillis = timeoutSeconds * 1000;
    const { makeProvider } = await import("./make-provider.ts");
    const fetch = createProviderFetch({ outbound, timeoutMillis, detour });
    return makeProvider({ settings, fetch, clock, timeoutMillis, detour, allowsHttp: config.outbound.allowsHttp });
  }
}
