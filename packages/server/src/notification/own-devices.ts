import { inTransaction } from "../database/connection.ts";
import { toContent } from "./content.ts";
import { fanOutStep } from "./fan-out.ts";
import { insertContent, type NotificationDeps } from "./service.ts";

/** What a test says to its user. */
interface TestMessage {
  readonly title: string;
  readonly body: string;
}

/** Seconds for which a test is worth delivering. */
const testTtlSeconds = 10 * 60;

/**
 * Sends a test to a user's own devices, by the same ledger as every notification. Its devices are found at once. Returns its id, and
 * to how many devices it goes: 0 if none can get any.
 */
export async function sendTest(
  deps: Omit<NotificationDeps, "call">,
  userPublicId: string,
  message: TestMessage,
): Promise<{ id: string; devices: number }> {
  const audience = { users: [userPublicId] };
  const content = toContent({ ...message, audience, priority: "high", timeToLiveSeconds: testTtlSeconds });
  return await inTransaction(deps.db, async (trx) => {
    const row = await insertContent(deps, trx, {
      senderId: userPublicId,
      key: undefined,
      content,
      isTest: true,
    });
    if (row === undefined) throw new Error("A notification without a key was not inserted");
    // One user is one step.
    const { added } = await fanOutStep(deps, trx, row);
    return { id: row.public_id, devices: added };
  });
}
