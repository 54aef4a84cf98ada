import { readFile } from "node:fs/promises";

/** The languages whose most frequent words are in `words/`. */
const languages = ["en", "es"] as const;

/** The most frequent words, without accents, each with its rank in its language. */
export type CommonWords = ReadonlyMap<string, number>;

/** Reads the lists, 1,000 words for each language. A word of two languages has the better of its ranks. */
export async function loadCommonWords(): Promise<CommonWords> {
  const ranks = new Map<string, number>();
  for (const language of languages) {
    const words = await readWords(new URL(`words/${language}.txt`, import.meta.url));
    for (const [index, word] of words.entries()) ranks.set(word, Math.min(index + 1, ranks.get(word) ?? Infinity));
  }
  return ranks;
}

async function readWords(file: URL): Promise<readonly string[]> {
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => !line.startsWith("#"));
  return lines.join(" ").split(/\s+/).filter(Boolean);
}
