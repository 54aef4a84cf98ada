import { isGatehouseError, type StepUpMethod } from "@gatehouse/client";

/** Makes a call, and makes it again once the user has proven who they are. */
export async function withStepUp<T>(
  call: () => Promise<T>,
  prove: (methods: readonly StepUpMethod[]) => Promise<unknown>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isGatehouseError(error, "STEP_UP_REQUIRED")) throw error;
    await prove(error.data.methods ?? []);
    return await call();
  }
}
