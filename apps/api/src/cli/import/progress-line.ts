import type { ImportState } from "@gatehouse/server/import";

/** Where progress is shown. */
interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows how far an import is. */
export interface ProgressLine {
  show(state: ImportState): void;
  /** Ends the line, so that further output starts on a new one. */
  end(): void;
}

const barCharacters = 24;

/** Draws a bar on a terminal; elsewhere, as in a log, writes a line for each tenth of the file. */
export function createProgressLine(output: ProgressOutput, sizeBytes: number): ProgressLine {
  let tenthsShown = 0;
  let isDrawn = false;
  return {
    show(state) {
      const share = sizeBytes === 0 ? 1 : state.nextByte / sizeBytes;
      if (output.isTTY === true) {
        output.write(`\r\x1b[K${bar(share)} ${describe(share, state)}`);
        isDrawn = true;
      } else if (Math.floor(share * 10) > tenthsShown) {
        tenthsShown = Math.floor(share * 10);
        output.write(`${describe(share, state)}\n`);
      }
    },
    end() {
      if (isDrawn) output.write("\n");
      isDrawn = false;
    },
  };
}

function bar(share: number): string {
  return "█".repeat(Math.round(share * barCharacters)).padEnd(barCharacters, "░");
}

function describe(share: number, { imported, refused }: ImportState): string {
  return `${String(Math.floor(share * 100)).padStart(3)} %  ${count(imported)} imported, ${count(refused)} refused`;
}

/** Formats a number with thousands separators. */
export function count(number: number): string {
  return number.toLocaleString("en");
}
