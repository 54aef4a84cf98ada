// A process that commits a mail to each of ADDRESSES, if there are any, and then works on mails: what killed-process.test.ts kills.
import { flushCompileCache } from "node:module";
import { systemClock } from "../../packages/server/src/clock.ts";
import { loadConfig } from "../../packages/server/src/config.ts";
import { KeyRing } from "../../packages/server/src/crypto/key-ring.ts";
import { systemRandom } from "../../packages/server/src/crypto/random.ts";
import { inTransaction, openDatabase } from "../../packages/server/src/database/connection.ts";
import { deliverMail, mailJob, sendMail } from "../../packages/server/src/delivery/email/service.ts";
import { createSmtpSender } from "../../packages/server/src/delivery/email/smtp-sender.ts";
import type { CallDependencies } from "../../packages/server/src/dependencies.ts";
import { handleJob } from "../../packages/server/src/job-handlers.ts";
import { openJobs } from "../../packages/server/src/jobs/runtime.ts";
import { createLogger } from "../../packages/server/src/logging/logger.ts";

// A process that is killed would leave the next one to compile everything again.
flushCompileCache();
const config = loadConfig();
if (config.mail.kind !== "smtp") throw new Error("SMTP_URL is not set");
const log = await createLogger(config.log);
const db = await openDatabase(config.database, () => undefined);
const handlers = [handleJob(mailJob, deliverMail)];
const runtime = await openJobs({ config, db, log, handlers, isWorker: true });
const delivering = {
  config,
  db,
  log,
  clock: systemClock,
  random: systemRandom,
  keyRing: new KeyRing(config.encryptionKeys, systemRandom),
  jobs: runtime.queue,
  mailSender: createSmtpSender(config.mail),
};
const addresses = process.env["ADDRESSES"]?.split(",") ?? [];
await inTransaction(db, async (trx) => {
  for (const to of addresses) {
    await sendMail(delivering, trx, { to, locale: "en", name: null, template: "password-changed", at: new Date() });
  }
});
process.stdout.write("committed\n");
// A server has more, which takes longer to start and which mails do not need.
await runtime.work(delivering as unknown as CallDependencies);
