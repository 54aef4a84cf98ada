import { backgrounds, darkAccentOf } from "../../accent-color.ts";
import type { Config } from "../../config.ts";
import { escapeHtml } from "../../delivery/escape-html.ts";

/** Returns the style sheet of the operator's colours. It is a file, so that no page needs a style of its own. */
export function themeStyles({ accentColor }: Config["pages"]): string {
  const { light, dark } = backgrounds;
  return `:root {
  --page: ${light.page};
  --card: ${light.card};
  --action: ${accentColor};
  --on-action: #ffffff;
}

@media (prefers-color-scheme: dark) {
  :root {
    --page: ${dark.page};
    --card: ${dark.card};
    --action: ${darkAccentOf(accentColor)};
    --on-action: #10131a;
  }
}
`;
}

/** Returns the icon of the pages: the product's first letter on the accent colour. */
export function favicon({ productName, pages }: Pick<Config, "productName" | "pages">): string {
  const letter = [...productName][0] ?? "";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="${pages.accentColor}"/><text x="16" y="23" font-family="system-ui, sans-serif" font-size="20" font-weight="700" text-anchor="middle" fill="#ffffff">${escapeHtml(letter.toUpperCase())}</text></svg>
`;
}
