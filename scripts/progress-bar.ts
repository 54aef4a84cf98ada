import { clearLine, cursorTo } from "node:readline";

/** A bar on a terminal, redrawn as it grows; elsewhere a line now and then. */
export interface Progress {
  add(done: number): void;
  end(): void;
}

const width = 30;
/** Milliseconds between two drawings, on a terminal and elsewhere. */
const pauseMillis = process.stdout.isTTY ? 200 : 30_000;

/** Draws how much of the total is done, how fast, and how long the rest takes. */
export function drawProgress(total: number): Progress {
  const startedAt = performance.now();
  let done = 0;
  let drawnAt = startedAt;
  const draw = () => {
    drawnAt = performance.now();
    const perSecond = done / ((drawnAt - startedAt) / 1000);
    const filled = Math.floor((width * Math.min(done, total)) / total);
    const bar = `${"█".repeat(filled)}${"░".repeat(width - filled)}`;
    const rest = formatSeconds((total - done) / perSecond);
    const line = `${bar} ${done}/${total}  ${perSecond.toFixed(0)}/s  ${rest} left`;
    if (!process.stdout.isTTY) return console.log(line);
    cursorTo(process.stdout, 0);
    process.stdout.write(line);
    clearLine(process.stdout, 1);
  };
  return {
    add(count) {
      done += count;
      if (performance.now() - drawnAt >= pauseMillis) draw();
    },
    end() {
      draw();
      if (process.stdout.isTTY) process.stdout.write("\n");
    },
  };
}

function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
