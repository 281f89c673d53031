import { expect, type Locator, type Page } from '@playwright/test';

/** The Prove screen's view of criteria at several counts of experts. */
export class CriteriaView {
  readonly compare: Locator;
  readonly table: Locator;
  /** Says which criterion loses least, and what is not measured. */
  readonly view: Locator;
  readonly #screen: Locator;

  constructor(page: Page) {
    this.#screen = page.getByRole('region', { name: 'Prove', exact: true });
    this.compare = this.#screen.getByRole('button', { name: /^Compare the criteria/ });
    this.table = this.#screen.getByRole('table', { name: /^Perplexity against the full model/ });
    this.view = this.#screen.getByRole('region', { name: 'Criteria' }).last();
  }

  async open(): Promise<void> {
    await this.#screen.getByRole('radio', { name: 'Criteria' }).click();
    await expect(this.table).toBeVisible();
  }

  /** Leaves out criteria, or texts that are measured on. */
  async leaveOut(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#screen.getByRole('checkbox', { name, exact: true }).uncheck({ force: true });
  }

  /** @param label "Tokens per chunk" or "Chunks per text" */
  async choose(label: string, option: string): Promise<void> {
    await this.#screen.getByRole('button', { name: label }).click();
    await this.#screen.page().getByRole('option', { name: option }).click();
  }

  /** Each figure of a criterion's row, in domain first: "×1.22" */
  async figures(criterion: string): Promise<string[]> {
    const row = this.table
      .getByRole('row')
      .filter({ has: this.table.page().getByRole('rowheader', { name: criterion }) });
    return (await row.getByRole('cell').allInnerTexts()).map((text) => text.split('\n')[0] ?? '');
  }
}
