import type { Locator, Page } from '@playwright/test';

export type SettingsTab = 'General' | 'Computing' | 'About';

export class SettingsScreen {
  readonly language: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.language = page.getByRole('button', { name: /Language|言語/ });
  }

  tab(name: SettingsTab): Locator {
    return this.#page.getByRole('tab', { name, exact: true });
  }

  theme(name: 'Same as the system' | 'Light' | 'Dark'): Locator {
    return this.#page.getByRole('radiogroup', { name: 'Appearance' }).getByRole('radio', { name });
  }

  /** @param own the language's name in itself */
  async setLanguage(own: string): Promise<void> {
    await this.language.click();
    await this.#page.getByRole('option', { name: own }).click();
  }
}
