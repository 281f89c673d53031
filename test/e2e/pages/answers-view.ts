import { expect, type Locator, type Page } from '@playwright/test';

/** The Prove screen's view of what the models write. */
export class AnswersView {
  readonly check: Locator;
  /** Faults by model, in and out of domain. */
  readonly table: Locator;
  /** Which checks are shown, where there are several that cannot be drawn together. */
  readonly sets: Locator;
  readonly examples: Locator;
  /** "1 of 6". */
  readonly place: Locator;
  readonly next: Locator;
  readonly deleteAll: Locator;
  readonly #page: Page;
  readonly #screen: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#screen = page.getByRole('region', { name: 'Prove', exact: true });
    this.check = this.#screen.getByRole('button', { name: /^Check \d+ models on/ });
    this.table = this.#screen.getByRole('table', { name: 'Faults in and out of domain' });
    this.sets = this.#screen.getByRole('button', { name: 'Shown checks' });
    this.examples = this.#screen.getByRole('region', { name: 'Examples' });
    this.place = this.examples.getByRole('status');
    this.next = this.examples.getByRole('button', { name: 'Next example' });
    this.deleteAll = this.#screen.getByRole('button', { name: /^Delete these \d+ checks$/ });
  }

  async open(): Promise<void> {
    await this.#screen.getByRole('radio', { name: 'Answers' }).click();
  }

  /** Leaves out models or demo sets. */
  async leaveOut(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#screen.getByRole('checkbox', { name, exact: true }).uncheck({ force: true });
  }

  /** @param label "Prompts per set", "Longest answer", … */
  async choose(label: string, option: string): Promise<void> {
    await this.#screen.getByRole('button', { name: label }).click();
    await this.#page.getByRole('option', { name: option, exact: true }).click();
  }

  /** A model's lines, one a check. */
  rows(model: string): Locator {
    return this.table.getByRole('row').filter({ has: this.#page.getByRole('rowheader', { name: model, exact: true }) });
  }

  async expectPlace(place: number, total: number): Promise<void> {
    await expect(this.place).toHaveText(`${place} of ${total}`);
  }
}
