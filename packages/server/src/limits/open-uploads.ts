import { GatehouseError } from "../errors.ts";
import { Occupancy } from "./occupancy.ts";

/** Uploads that may run at once; 0 for no limit. */
interface UploadLimits {
  readonly uploads: number;
  readonly uploadsPerUser: number;
}

/** Seconds after which to try again: an upload over a usual line takes about as long. */
const retryAfterSeconds = 2;

/** Counts the uploads that this process reads or works on; each holds a body in memory. */
export class OpenUploads {
  readonly #limits: UploadLimits;
  readonly #open = new Occupancy();

  constructor(limits: UploadLimits) {
    this.#limits = limits;
  }

  /** The uploads that run now. */
  get running(): number {
    return this.#open.countOf("all");
  }

  /** Counts one more until the returned function is called. Throws `TOO_MANY_REQUESTS`. */
  enter(userId: string): () => void {
    const leave = this.#open.enter([
      { key: "all", max: this.#limits.uploads },
      { key: `user ${userId}`, max: this.#limits.uploadsPerUser },
    ]);
    if (leave === undefined) throw new GatehouseError("TOO_MANY_REQUESTS", { retryAfterSeconds });
    return leave;
  }
}
