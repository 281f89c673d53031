import { expect, type Locator, type Page } from '@playwright/test';
import { Heatmap } from './heatmap.ts';

export class ChooseScreen {
  readonly heatmap: Heatmap;
  /** "Export 16 of 32" */
  readonly use: Locator;
  readonly slider: Locator;
  readonly number: Locator;
  /** How many experts are pinned and forbidden. */
  readonly marks: Locator;
  readonly undo: Locator;
  readonly redo: Locator;
  readonly #screen: Locator;

  constructor(page: Page) {
    const screen = page.getByRole('region', { name: 'Choose', exact: true });
    this.#screen = screen;
    this.heatmap = new Heatmap(page);
    this.use = screen.getByRole('button', { name: /^Export \d+ of \d+$/ });
    this.slider = screen.getByRole('slider', { name: /^Experts kept in each layer, of/ });
    this.number = screen.getByRole('textbox', { name: /^Experts kept in each layer, of/ });
    this.marks = screen.getByText(/\d+ pinned, \d+ forbidden/);
    this.undo = screen.getByRole('button', { name: 'Undo', exact: true });
    this.redo = screen.getByRole('button', { name: 'Redo', exact: true });
  }

  /** What is said of the choice: "Experts", "File", "Retained score", "Worst layer". */
  outcome(name: string): Locator {
    return this.#screen.getByRole('term').filter({ hasText: name }).locator('xpath=following-sibling::dd[1]');
  }

  async keep(experts: number): Promise<void> {
    await this.number.fill(String(experts));
    await this.number.press('Enter');
    await expect(this.outcome('Experts')).toHaveText(new RegExp(`^${experts} of `));
  }
}
