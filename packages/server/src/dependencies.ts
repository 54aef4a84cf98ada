import type { AuditDeps } from "./audit/call.ts";
import type { PasskeyChallenges } from "./auth/passkey/challenge.ts";
import type { PasswordPolicy } from "./auth/password/policy.ts";
import type { ActorCache } from "./auth/session/actor-cache.ts";
import type { SessionChangeTracker } from "./auth/session/change-tracker.ts";
import type { RefreshKeys } from "./auth/session/refresh-keys.ts";
import type { SessionWatch } from "./auth/session-events/watch.ts";
import type { SigningKeys } from "./auth/signing-key/signing-keys.ts";
import type { SocialProviders } from "./auth/social/providers.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { AccessTokens } from "./crypto/access-token.ts";
import type { CursorCodec } from "./crypto/cursor.ts";
import type { KeyRing } from "./crypto/key-ring.ts";
import type { PasswordHasher } from "./crypto/password-hashing.ts";
import type { RandomSource } from "./crypto/random.ts";
import type { Database } from "./database/connection.ts";
import type { MailSender } from "./delivery/email/mail-sender.ts";
import type { PushSender } from "./delivery/push/push-sender.ts";
import type { SmsSender } from "./delivery/sms/sms-sender.ts";
import type { JobQueue } from "./jobs/queue.ts";
import type { Limits } from "./limits/limits.ts";
import type { Logger } from "./logging/logger.ts";
import type { Outbound } from "./outbound/outbound.ts";
import type { Pictures } from "./picture/pictures.ts";
import type { RolePermissions } from "./role/role-permissions.ts";
import type { MetadataSchemas } from "./user/metadata/parse.ts";
import type { ListenedEvents } from "./webhook/listened-events.ts";

/** The dependencies of services. Each service declares the part that it uses. */
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
  readonly sessionChanges: SessionChangeTracker;
  readonly sessionWatch: SessionWatch;
  readonly passwords: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly passkeyChallenges: PasskeyChallenges;
  readonly cursors: CursorCodec;
  readonly jobs: JobQueue;
  readonly mailSender: MailSender;
  readonly smsSender: SmsSender;
  readonly pushSender: PushSender;
  readonly pictures: Pictures;
  readonly metadata: MetadataSchemas;
  readonly limits: Limits;
  readonly outbound: Outbound;
  readonly socialProviders: Pick<SocialProviders, "get">;
  readonly listenedEvents: Pick<ListenedEvents, "mayListen" | "markChanged">;
  /** The scopes that API keys can have: those that procedures accept, sorted. Empty in a worker, which serves no calls. */
  readonly scopes: readonly string[];
  /** The permissions that roles can have: those that procedures require, sorted. Empty in a worker. */
  readonly permissions: readonly string[];
  readonly rolePermissions: RolePermissions;
  readonly log: Logger;
}

/** The dependencies of services in a call, a job or a command, with who acts in it. */
export type CallDependencies = Dependencies & AuditDeps;
