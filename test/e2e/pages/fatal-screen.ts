// The engine cannot start, or died.
import type { Locator, Page } from '@playwright/test';

export class FatalScreen {
  readonly heading: Locator;
  readonly message: Locator;
  readonly restart: Locator;

  constructor(page: Page) {
    this.heading = page.getByRole('heading', { level: 1 });
    this.message = page.getByRole('alert');
    this.restart = page.getByRole('button', { name: 'Restart engine' });
  }
}
