import type { Locator, Page } from '@playwright/test';

export class VerdictLine {
  readonly sentence: Locator;
  /** What measuring takes, where something is missing. */
  readonly offer: Locator;

  constructor(page: Page) {
    const line = page.getByRole('main').getByRole('region', { name: 'Verdict', exact: true });
    this.sentence = line.getByRole('paragraph');
    this.offer = line.getByRole('button', { name: /^Measure/ }).locator('xpath=..');
  }
}
