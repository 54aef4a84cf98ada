import { makeApiKey } from "../../support/api-keys.ts";
import type { Scenario } from "../scene.ts";
import { own, registerOwner } from "./accounts.ts";

/** API keys. */
export const apiKeyScenarios: readonly Scenario[] = [
  {
    procedure: "auth.apiKeys.create",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerOwner(scene);
      return {
        path: "/v1/auth/api-keys",
        token,
        body: { name: "Nightly export", scopes: ["profile:read"] },
        events({ apiKey, secret }) {
          scene.keepSecret(secret);
          return [own("api_key.created", userId, apiKey.id)];
        },
      };
    },
  },
  {
    procedure: "auth.apiKeys.revoke",
    async prepare(scene) {
      const owner = await registerOwner(scene);
      const { id } = await makeApiKey(scene.server.url, owner);
      const events = () => [own("api_key.revoked", owner.userId, id)];
      return { method: "DELETE", path: `/v1/auth/api-keys/${id}`, token: owner.accessToken, events };
    },
  },
];
