import type { Locator, Page } from '@playwright/test';

/** The Prove screen's part about what the models write. */
export class AnswersView {
  readonly check: Locator;
  /** Faults by demo set and model. */
  readonly table: Locator;
  readonly examples: Locator;
  readonly prompts: Locator;
  readonly #page: Page;
  readonly #part: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#part = page.getByRole('region', { name: 'Answers', exact: true });
    this.check = this.#part.getByRole('button', { name: 'Check answers' });
    this.table = this.#part.getByRole('table');
    this.examples = this.#part.getByRole('region', { name: 'Examples' });
    this.prompts = this.examples.getByRole('option');
  }

  /** @param label "Prompts per set", "Longest answer", … */
  async choose(label: string, option: string): Promise<void> {
    await this.#part.getByRole('button', { name: label }).click();
    await this.#page.getByRole('option', { name: option, exact: true }).click();
  }

  /** A model's lines, one a demo set. */
  rows(model: string): Locator {
    return this.table.getByRole('row').filter({ has: this.#page.getByRole('rowheader', { name: model, exact: true }) });
  }
}
