// What stays while screens change: rail, trail, job strip, the panel of handed-over files, and what floats above them.
import { expect, type Locator, type Page } from '@playwright/test';

/** In the rail's order. */
const SCREENS = {
  models: 'Models',
  demos: 'Demos',
  best: 'Best file',
  score: 'Score',
  choose: 'Choose',
  export: 'Export',
  prove: 'Prove',
  try: 'Try',
  settings: 'Settings',
} as const;

export type ScreenId = keyof typeof SCREENS;
export const SCREEN_IDS = Object.keys(SCREENS) as ScreenId[];

export type ChipName = 'Model' | 'Demo set' | 'Run' | 'Selection' | 'File';

export class Frame {
  readonly page: Page;
  /** The path's steps, and what stands at its foot. */
  readonly rail: Locator;
  readonly stage: Locator;
  readonly inspector: Locator;
  readonly jobStrip: Locator;
  /** What became of files that were dropped or chosen. */
  readonly files: Locator;
  readonly news: Locator;

  constructor(page: Page) {
    this.page = page;
    this.rail = page.getByRole('navigation', { name: 'Steps' });
    this.stage = page.getByRole('main');
    this.inspector = page.getByRole('complementary', { name: 'Inspector' });
    this.jobStrip = page.getByRole('contentinfo', { name: 'Jobs' });
    this.files = page.getByRole('region', { name: 'Files', exact: true });
    this.news = page.getByRole('region', { name: /notification/i });
  }

  /** The rail's link to a screen. */
  link(screen: ScreenId): Locator {
    return this.rail.getByRole('link', { name: SCREENS[screen] });
  }

  /** Opens a screen by the rail. */
  async go(screen: ScreenId): Promise<void> {
    await this.link(screen).click();
    await this.expectScreen(screen);
  }

  async expectScreen(screen: ScreenId): Promise<void> {
    await expect(this.link(screen)).toHaveAttribute('aria-current', 'page');
    await expect(this.page).toHaveTitle(`${SCREENS[screen]} – Winnow`);
    // also behind a dialog, which hides the stage from roles
    await expect(this.page.locator('main h1')).toBeVisible();
  }

  /** A chip of the trail. Its text is its name and what is chosen, or what is missing. */
  chip(name: ChipName): Locator {
    return this.page.getByRole('banner').getByRole('button', { name: new RegExp(`^${name} `) });
  }

  /** Takes something else in a chip of the trail. */
  async take(name: ChipName, choice: RegExp): Promise<void> {
    await this.chip(name).click();
    await this.page.getByRole('option', { name: choice }).click();
    await this.page.keyboard.press('Escape');
  }

  /** What the panel says of a file. */
  fileResult(name: string): Locator {
    return this.files.getByRole('listitem').filter({ hasText: name });
  }

  /** The steps that carry the mark of being done. */
  async expectDone(...screens: readonly ScreenId[]): Promise<void> {
    for (const screen of screens) await expect(this.link(screen)).toContainText('done');
  }
}
