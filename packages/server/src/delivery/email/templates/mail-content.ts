import type { Mail, MailTemplate } from "../mail.ts";

/** What a mail says, without a form. Plain text throughout; whoever renders it escapes it. */
export interface MailContent {
  /** Holds nothing that a user wrote. */
  readonly subject: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly facts?: readonly { readonly label: string; readonly value: string }[];
  /** What the mail is for; shown as a button. */
  readonly action?: { readonly label: string; readonly url: string };
  readonly links?: readonly { readonly text: string; readonly url: string }[];
  /** In small letters below: how long it works, what to do if it was somebody else. */
  readonly notes: readonly string[];
}

/** One language's texts. */
export interface MailTexts {
  /** `null` where there is no name to greet with. */
  readonly greeting: (name: string | null) => string;
  /** Before the address of a button, for those whose mail program shows none. */
  readonly fallback: string;
  readonly foot: (product: string) => string;
  readonly templates: {
    readonly [T in MailTemplate]: (mail: Extract<Mail, { template: T }>, product: string) => MailContent;
  };
}
