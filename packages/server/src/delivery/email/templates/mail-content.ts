import type { Mail, MailTemplate } from "../mail.ts";

/** The content of a mail as plain text; the renderer escapes it. */
export interface MailContent {
  /** Contains no text of a user. */
  readonly subject: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly facts?: readonly { readonly label: string; readonly value: string }[];
  /** The main action, shown as a button. */
  readonly action?: { readonly label: string; readonly url: string };
  readonly links?: readonly { readonly text: string; readonly url: string }[];
  /** Small print: how long the link is valid, and what to do if somebody else asked for it. */
  readonly notes: readonly string[];
}

/** The texts of a language. */
export interface MailTexts {
  /** `name` is `null` for a greeting without a name. */
  readonly greeting: (name: string | null) => string;
  /** Introduces the URL of the button, for mail programs that show no buttons. */
  readonly fallback: string;
  readonly foot: (product: string) => string;
  readonly templates: {
    readonly [T in MailTemplate]: (mail: Extract<Mail, { template: T }>, product: string) => MailContent;
  };
}
