/** Sends one statement for all questions, and returns a function that finds the answer to each. */
export type Ask<Question, Answer> = (questions: readonly Question[]) => Promise<(question: Question) => Answer>;

/**
 * Asks the database in one statement what several worlds want to know at once: questions that come while a statement is
 * under way share the next one. So an answer is never older than its question.
 */
export class Gathered<Question, Answer> {
  readonly #ask: Ask<Question, Answer>;
  #waiting: Question[] = [];
  #next: Promise<(question: Question) => Answer> | undefined;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(ask: Ask<Question, Answer>) {
    this.#ask = ask;
  }

  async ask(question: Question): Promise<Answer> {
    this.#waiting.push(question);
    this.#next ??= this.#askAfter(this.#underWay);
    const answers = await this.#next;
    return answers(question);
  }

  async #askAfter(underWay: Promise<unknown>): Promise<(question: Question) => Answer> {
    await underWay;
    const questions = this.#waiting;
    this.#waiting = [];
    this.#next = undefined;
    const asked = this.#ask(questions);
    this.#underWay = asked.catch(() => undefined);
    return await asked;
  }
}
