/** A text message, ready to go. */
interface SmsMessage {
  /** The same for each try of one message. */
  readonly id: string;
  /** E.164. */
  readonly to: string;
  readonly template: string;
  readonly text: string;
}

/** Where text messages leave. */
export interface SmsSender {
  /** Resolves when somebody else is responsible for the message. Throws `JobFailure`. */
  send(message: SmsMessage): Promise<void>;
}
