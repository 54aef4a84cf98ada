import { z } from "zod";

/** What a browser says about an answer (WebAuthn, 5.8.1): it is signed together with it. */
export interface ClientData {
  readonly challenge: string;
  readonly origin: string;
  /** Whether it was given in a frame on a page of another origin. */
  readonly isFramed: boolean;
}

const clientDataSchema = z.object({
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().nullish(),
  topOrigin: z.string().nullish(),
});

/** Reads what the browser says, before anything is verified; `undefined` if it is no such thing. */
export function readClientData(clientDataJson: string): ClientData | undefined {
  const { data } = clientDataSchema.safeParse(parseJson(Buffer.from(clientDataJson, "base64url").toString()));
  if (data === undefined) return undefined;
  const { challenge, origin, crossOrigin, topOrigin } = data;
  return { challenge, origin, isFramed: crossOrigin === true || (topOrigin ?? undefined) !== undefined };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
