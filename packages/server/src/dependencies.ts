import type { PasswordPolicy } from "./auth/password/index.ts";
import type { ActorCache, RefreshKeys, SessionChanges } from "./auth/session/index.ts";
import type { SessionWatch } from "./auth/session-events/index.ts";
import type { SigningKeys } from "./auth/signing-key/index.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { AccessTokens } from "./crypto/access-token.ts";
import type { CursorCodec } from "./crypto/cursor.ts";
import type { KeyRing } from "./crypto/key-ring.ts";
import type { PasswordHasher } from "./crypto/password-hashing.ts";
import type { RandomSource } from "./crypto/random.ts";
import type { Database } from "./database/connection.ts";
import type { MailSender } from "./delivery/email/index.ts";
import type { SmsSender } from "./delivery/sms/index.ts";
import type { JobQueue } from "./jobs/index.ts";
import type { Limits } from "./limits/index.ts";
import type { Logger } from "./logging/logger.ts";

/** What services work with. Each asks for the part of it that it uses. */
export interface Dependencies {
  readonly config: Config;
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly keyRing: KeyRing;
  readonly signingKeys: SigningKeys;
  readonly accessTokens: AccessTokens;
  readonly actorCache: ActorCache;
  readonly refreshKeys: RefreshKeys;
  readonly sessionChanges: SessionChanges;
  readonly sessionWatch: SessionWatch;
  readonly passwords: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly cursors: CursorCodec;
  readonly jobs: JobQueue;
  readonly mailSender: MailSender;
  readonly smsSender: SmsSender;
  readonly limits: Limits;
  /** What API keys can be made for: the scopes that procedures take, sorted. None in a worker, which answers no calls. */
  readonly scopes: readonly string[];
  readonly log: Logger;
}
