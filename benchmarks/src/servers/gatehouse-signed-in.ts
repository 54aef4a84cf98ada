// Gatehouse with a procedure that takes a session and does nothing: the cost of such a call besides its work. On request
// Gatehouse believes for ever what it once read of a session; the product has no such setting.
import { authedProcedure, createGatehouse, type Gatehouse, loadConfig } from "@gatehouse/server";
import { z } from "zod";
import { serveParent } from "../processes/serve-parent.ts";
import type { GatehouseEnvironment } from "./gatehouse.ts";

/** The questions of this process. */
export interface SignedInAnswers {
  /** Whether calls from now on ask if their session has ended. */
  setRevocationCheck(check: "on" | "off"): void;
}

const routers = {
  benchmark: {
    signedIn: authedProcedure
      .input(z.void())
      .output(z.string())
      .query(() => "yes"),
  },
};

serveParent(async (environment: GatehouseEnvironment) => {
  const gatehouse = await createGatehouse({ config: loadConfig(environment), routers });
  const answers = { setRevocationCheck: createSwitch(gatehouse.deps) };
  return { ready: await gatehouse.listen(), answers, stop: () => gatehouse.close() };
});

/** The look for changes, a few times a second, goes on either way. Both objects have one shape: only the check differs. */
function createSwitch(deps: Gatehouse["deps"]): SignedInAnswers["setRevocationCheck"] {
  const real = deps.sessionChanges;
  const asking: typeof real = { ...real, isStale: (id, readAt) => real.isStale(id, readAt) };
  const believing: typeof real = { ...real, isStale: () => false };
  return (check) => void Object.assign(deps, { sessionChanges: check === "on" ? asking : believing });
}
