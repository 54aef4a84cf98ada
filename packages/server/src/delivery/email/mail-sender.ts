/** A rendered mail. */
export interface MailMessage {
  /** The same for every attempt at one mail; becomes its Message-ID. */
  readonly id: string;
  readonly to: string;
  readonly template: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** Sends mails. */
export interface MailSender {
  /**
   * Resolves once another server has accepted the message. Throws `JobFailure`, also when the signal is aborted: another attempt
   * may then send the message, so this one must stop completely.
   */
  send(message: MailMessage, signal: AbortSignal): Promise<void>;
}
