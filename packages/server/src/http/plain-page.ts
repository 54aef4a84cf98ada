import { escapeHtml } from "../delivery/escape-html.ts";

/** The policy of pages that run no script and load nothing. */
export const plainPagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const style = `
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentcolor 18%, transparent); }
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  a { color: inherit; }
  h1, h2 { line-height: 1.25; }
  code { font-size: 1.05em; overflow-wrap: anywhere; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
  time { white-space: nowrap; }
  th { font-size: .85rem; font-weight: 600; opacity: .7; }
  dt { font-size: .85rem; opacity: .7; } dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; }
  iframe { width: 100%; height: 80vh; min-height: 24rem; resize: vertical; border: 1px solid var(--line); border-radius: .5rem; }
  .muted { opacity: .7; }
  @media (max-width: 40rem) {
    thead { display: none; }
    table, tbody, tr, td { display: block; }
    tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
    td { border: 0; padding: 0; overflow-wrap: anywhere; }
  }
`;

interface PlainPage {
  /** Not escaped, without the product's name. */
  readonly title: string;
  /** As HTML. */
  readonly body: string;
  /** How often a browser loads it again. Default: never. */
  readonly refreshSeconds?: number;
}

/** Renders a page for developers and operators. */
export function plainPage({ title, body, refreshSeconds }: PlainPage): string {
  const refresh = refreshSeconds === undefined ? "" : `<meta http-equiv="refresh" content="${refreshSeconds}">\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${refresh}<title>${escapeHtml(title)} · Gatehouse</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
