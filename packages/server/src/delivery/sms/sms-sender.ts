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
  /**
   * Resolves when somebody else is responsible for the message. Throws `JobFailure`, also once the signal is aborted: then
   * the message is another attempt's, so nothing of this one may go on.
   */
  send(message: SmsMessage, signal: AbortSignal): Promise<void>;
}
