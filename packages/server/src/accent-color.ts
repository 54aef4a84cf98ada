/** The colours behind links and buttons of the account pages, in each theme: the page and the card on it. */
export const backgrounds = {
  light: { page: "#f1f3f7", card: "#ffffff" },
  dark: { page: "#14161c", card: "#1f222b" },
} as const;

/** The accent colour unless the operator chooses another. */
export const defaultAccentColor = "#2f5bd0";

/** The least contrast of text with its background (WCAG 2.2, 1.4.3). */
export const minContrast = 4.5;

/** Whether text in this colour can be read on every background of the light theme, and white text on the colour. */
export function isReadableAccent(color: string): boolean {
  return isReadable(color, "light");
}

/**
 * Returns the accent colour for the dark theme: the same, mixed with as much white as it takes to be read on the dark
 * backgrounds.
 */
export function darkAccentOf(color: string): string {
  for (let whitePercent = 0; whitePercent < 100; whitePercent += 5) {
    const mixed = mixWithWhite(color, whitePercent / 100);
    if (isReadable(mixed, "dark")) return mixed;
  }
  return "#ffffff";
}

function isReadable(color: string, theme: keyof typeof backgrounds): boolean {
  return Object.values(backgrounds[theme]).every((background) => contrast(color, background) >= minContrast);
}

function mixWithWhite(color: string, white: number): string {
  const mixed = channelsOf(color).map((channel) => Math.round(channel + (255 - channel) * white));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** The contrast ratio of two colours, from 1 to 21 (WCAG 2.2, relative luminance). */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channelsOf(color: string): readonly number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
}
