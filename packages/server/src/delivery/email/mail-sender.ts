/** A mail, ready to go. */
export interface MailMessage {
  /** The same for each try of one mail: becomes its Message-ID. */
  readonly id: string;
  readonly to: string;
  readonly template: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** Where mail leaves. */
export interface MailSender {
  /** Resolves when somebody else is responsible for the message. Throws `JobFailure`. */
  send(message: MailMessage): Promise<void>;
}
