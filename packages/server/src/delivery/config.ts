import { isLoopbackUrl } from "../config-formats.ts";

/** How mail is sent. */
export type MailConfig =
  | {
      readonly kind: "smtp";
      /** `smtp:` or `smtps:`, perhaps with a user and a password. */
      readonly url: string;
      /** Whether a connection without TLS is refused. */
      readonly requireTls: boolean;
      readonly from: { readonly name: string; readonly address: string };
    }
  /** Kept in the database and shown at `/dev/outbox`. */
  | { readonly kind: "outbox" }
  /** Production without a mail server. */
  | { readonly kind: "none" };

/** How text messages are sent. */
export type SmsConfig =
  | {
      readonly kind: "twilio";
      readonly accountSid: string;
      readonly authToken: string;
      /** A number, a messaging service's sid, or a name. */
      readonly from: string;
      readonly baseUrl: string;
    }
  | { readonly kind: "outbox" }
  | { readonly kind: "none" };

/** The variables of delivery, parsed. */
interface DeliveryVariables {
  readonly NODE_ENV: string;
  readonly PRODUCT_NAME: string;
  readonly SMTP_URL?: string | undefined;
  readonly SMTP_STARTTLS?: "required" | "off" | undefined;
  readonly MAIL_FROM?: { readonly name: string | undefined; readonly address: string } | undefined;
  readonly TWILIO_ACCOUNT_SID?: string | undefined;
  readonly TWILIO_AUTH_TOKEN?: string | undefined;
  readonly TWILIO_FROM?: string | undefined;
  readonly TWILIO_BASE_URL: string;
}

const twilioVariables = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"] as const;

/** Variables that others require, each with the reason. Half a configuration would silently send nothing. */
export function missingForDelivery(variables: DeliveryVariables): readonly (readonly [name: string, why: string])[] {
  const isTwilioMeant = twilioVariables.some((name) => variables[name] !== undefined);
  return [
    ...(variables.SMTP_URL !== undefined && variables.MAIL_FROM === undefined
      ? [["MAIL_FROM", "required with SMTP_URL"] as const]
      : []),
    ...twilioVariables
      .filter((name) => isTwilioMeant && variables[name] === undefined)
      .map((name) => [name, `required with the other two of ${twilioVariables.join(", ")}`] as const),
  ];
}

/** Call it when {@link missingForDelivery} found nothing. */
export function mailConfig(variables: DeliveryVariables): MailConfig {
  const { SMTP_URL: url, MAIL_FROM: from } = variables;
  if (url === undefined || from === undefined) return { kind: hasOutbox(variables) ? "outbox" : "none" };
  const requireTls = (variables.SMTP_STARTTLS ?? (isLoopbackUrl(url) ? "off" : "required")) === "required";
  return { kind: "smtp", url, requireTls, from: { name: from.name ?? variables.PRODUCT_NAME, address: from.address } };
}

/** Call it when {@link missingForDelivery} found nothing. */
export function smsConfig(variables: DeliveryVariables): SmsConfig {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_FROM: from } = variables;
  if (accountSid === undefined || authToken === undefined || from === undefined) {
    return { kind: hasOutbox(variables) ? "outbox" : "none" };
  }
  return { kind: "twilio", accountSid, authToken, from, baseUrl: variables.TWILIO_BASE_URL };
}

/**
 * Whether the server has an outbox. It shows secrets to everybody who opens it, so it exists only where there are no real
 * accounts.
 */
export function hasOutbox({ NODE_ENV }: { readonly NODE_ENV: string }): boolean {
  return NODE_ENV === "development" || NODE_ENV === "test";
}
