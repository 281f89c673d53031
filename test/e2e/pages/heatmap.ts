// The picture of layers × experts.
import type { Locator, Page } from '@playwright/test';

export class Heatmap {
  /** What is focused, hovered and scrolled. */
  readonly picture: Locator;
  /** What a screen reader hears of the crosshair. */
  readonly spoken: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    const stage = page.getByRole('main');
    this.picture = stage.getByRole('application');
    this.spoken = stage.getByRole('status').filter({ hasText: /^Layer \d+, expert \d+/ });
  }

  /** While cells are still coming in. */
  get busy(): Locator {
    return this.#page.locator('[aria-busy="true"]:has([role="application"])');
  }
}
