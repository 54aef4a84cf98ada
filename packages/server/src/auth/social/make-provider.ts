import type { ProviderSettings } from "./config.ts";
import { FacebookProvider } from "./facebook-provider.ts";
import { GitHubProvider } from "./github-provider.ts";
import { OpenIdProvider, type ProviderOptions } from "./open-id-provider.ts";
import type { Provider } from "./provider.ts";

/** Makes a provider from its settings. */
export function makeProvider({ settings, ...options }: ProviderOptions): Provider {
  if (isKind(settings, "github")) return new GitHubProvider({ settings, ...options });
  if (isKind(settings, "facebook")) return new FacebookProvider({ settings, ...options });
  return new OpenIdProvider({ settings, ...options });
}

function isKind<Kind extends ProviderSettings["kind"]>(
  settings: ProviderSettings,
  kind: Kind,
): settings is Extract<ProviderSettings, { kind: Kind }> {
  return settings.kind === kind;
}
