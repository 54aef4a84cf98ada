/** The services that bring push messages to installations: Apple's, Expo's, Firebase Cloud Messaging and Web Push (RFC 8030). */
export const pushServices = ["apns", "expo", "fcm", "web_push"] as const;

/** One of {@link pushServices}. */
export type PushService = (typeof pushServices)[number];

/** Where a message goes. */
export interface PushTarget {
  readonly service: PushService;
  /** What the service knows the installation by; for Web Push, the browser's subscription as JSON. */
  readonly token: string;
  /** Since when the installation has had this token. */
  readonly tokenSince: Date;
}

/** What a message says: the same for all installations that it goes to. */
export interface PushContent {
  readonly title: string;
  readonly body: string;
  /** For the app. Services pass on text alone. */
  readonly data: Readonly<Record<string, string>>;
  /** `https:` */
  readonly imageUrl?: string;
  /** What a tap opens. */
  readonly link?: string;
  /** `high` wakes a sleeping device; services count such messages. */
  readonly priority: "normal" | "high";
  /** Until when the service keeps the message for an installation that is offline. */
  readonly expiresAt: Date;
  /** A message takes the place of an earlier one with the same key that was not read. Default: of none but itself. */
  readonly collapseKey?: string;
}

/** A message to one installation. */
export interface PushMessage {
  /** A UUID, the same for every attempt. */
  readonly id: string;
  readonly target: PushTarget;
  readonly content: PushContent;
}

/** What became of one attempt. Reasons are those of the service, for operators: they contain no token. */
export type PushOutcome =
  /** The service has accepted it. */
  | {
      readonly status: "sent";
      /** Where the service says later what became of it: the id of the receipt, for {@link PushSender.readReceipts}. */
      readonly receiptId?: string;
    }
  /** The service will never deliver to this token again. */
  | { readonly status: "dead_token"; readonly reason: string }
  /** Another attempt would fail alike: it is too large, or this server is set up wrongly. */
  | { readonly status: "refused"; readonly reason: string }
  | {
      readonly status: "retry";
      readonly reason: string;
      /**
       * What should wait: everything for this service, or this message alone. While a service has asked to wait, the sender itself
       * sends it nothing, and returns this outcome at once with the time that is left.
       */
      readonly scope: "service" | "message";
      /** How long the service asked to wait (`Retry-After`). */
      readonly afterMillis?: number;
    };

/** Sends push messages by the services that are configured. */
export interface PushSender {
  /**
   * Attempts all messages, several at once, and returns the outcome of each, in their order. It never rejects on account of a
   * message or of a service; one that is not configured is `refused`. Aborted messages get `retry`.
   */
  send(messages: readonly PushMessage[], signal: AbortSignal): Promise<readonly PushOutcome[]>;
  /**
   * Reads what became of messages that Expo has accepted, in the order of the ids. `undefined`: Expo does not know yet, has
   * forgotten it (after a day), or cannot be asked. Expo says here, not at sending, that most tokens are dead; ask it 15
   * minutes after sending. Never rejects.
   */
  readReceipts(receiptIds: readonly string[], signal: AbortSignal): Promise<readonly (PushOutcome | undefined)[]>;
}

/** A {@link PushSender} with its connections. */
export interface OpenPushSender extends PushSender {
  /** Closes all connections. Messages in flight get `retry`. */
  close(): Promise<void>;
}

/** The part of a {@link PushSender} that one service does. */
export interface PushServiceSender {
  /** As {@link PushSender.send}, for targets of this service alone. */
  send(messages: readonly PushMessage[], signal: AbortSignal): Promise<readonly PushOutcome[]>;
  close(): Promise<void>;
}
