/** A rendered text message. */
interface SmsMessage {
  /** The same for every attempt at one message. */
  readonly id: string;
  /** E.164. */
  readonly to: string;
  readonly template: string;
  readonly text: string;
}

/** Sends text messages. */
export interface SmsSender {
  /**
   * Resolves once the provider has accepted the message. Throws `JobFailure`, also when the signal is aborted: another attempt may
   * then send the message, so this one must stop completely.
   */
  send(message: SmsMessage, signal: AbortSignal): Promise<void>;
}
