// Gatehouse with a procedure that does nothing but for the signed-in: what a call of theirs costs besides its work. On
// request it believes for ever what it once read of a session, which the product cannot be made to do.
import { authedProcedure, createGatehouse, type Gatehouse, loadConfig } from "@gatehouse/server";
import { z } from "zod";
import { serveParent } from "../processes/serve-parent.ts";
import type { GatehouseEnvironment } from "./gatehouse.ts";

/** What such a server is started with. */
export interface SignedInSettings {
  readonly environment: GatehouseEnvironment;
  readonly revocationCheck: "on" | "off";
}

const routers = {
  benchmark: {
    signedIn: authedProcedure
      .input(z.void())
      .output(z.string())
      .query(() => "yes"),
  },
};

serveParent(async ({ environment, revocationCheck }: SignedInSettings) => {
  const gatehouse = await createGatehouse({ config: loadConfig(environment), routers });
  if (revocationCheck === "off") await neverReadAgain(gatehouse.deps);
  return { ready: await gatehouse.listen(), stop: () => gatehouse.close() };
});

/** Also stops what the check costs beside the calls: the look for changes, several times a second. */
async function neverReadAgain(deps: Gatehouse["deps"]): Promise<void> {
  const { sessionChanges } = deps;
  await sessionChanges.close();
  Object.assign(deps, { sessionChanges: { ...sessionChanges, mustRead: () => false } });
}
