import type { Locator, Page } from '@playwright/test';
import { Heatmap } from './heatmap.ts';

export class ScoreScreen {
  readonly heatmap: Heatmap;
  /** "Score 12 demos", or how many are left. */
  readonly start: Locator;
  /** How many demos, from the first. */
  readonly howMany: Locator;
  readonly resume: Locator;
  readonly cancel: Locator;
  readonly goChoose: Locator;
  readonly progress: Locator;
  readonly result: Locator;
  readonly error: Locator;
  readonly remove: Locator;

  constructor(page: Page) {
    const screen = page.getByRole('region', { name: 'Score', exact: true });
    this.heatmap = new Heatmap(page);
    this.start = screen.getByRole('button', { name: /^Score \d+ demo/ });
    this.howMany = screen.getByRole('textbox', { name: /^Demos to score, of/ });
    this.resume = screen.getByRole('button', { name: /^Resume: \d+ demo/ });
    this.cancel = screen.getByRole('button', { name: 'Cancel and keep what is done' });
    this.goChoose = screen.getByRole('button', { name: 'Choose experts' });
    this.progress = screen.getByRole('progressbar');
    this.result = screen.getByText(/^(Done|Cancelled|Interrupted|Stopped)/);
    this.error = screen.getByRole('alert');
    this.remove = screen.getByRole('button', { name: 'Delete this run' });
  }
}
