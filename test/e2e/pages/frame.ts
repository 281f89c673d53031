// What stays while screens change: rail, job strip, the panel of handed-over files, and what floats above them.
import { expect, type Locator, type Page } from '@playwright/test';

/** The rail's entries, then what is reached from them. */
const SCREENS = {
  new: 'New file',
  files: 'My files',
  settings: 'Settings',
  demos: 'Demos',
  score: 'Score',
  choose: 'Choose',
  export: 'Export',
  prove: 'Prove',
  try: 'Try',
} as const;
const ENTRIES: readonly ScreenId[] = ['new', 'files', 'settings'];

export type ScreenId = keyof typeof SCREENS;
export const SCREEN_IDS = Object.keys(SCREENS) as ScreenId[];

/** What is worked on by hand. */
export type ChipName = 'Run' | 'Selection' | 'File';

export class Frame {
  readonly page: Page;
  readonly rail: Locator;
  readonly stage: Locator;
  readonly inspector: Locator;
  readonly jobStrip: Locator;
  /** What became of files that were dropped or chosen. */
  readonly files: Locator;
  readonly news: Locator;

  constructor(page: Page) {
    this.page = page;
    this.rail = page.getByRole('navigation', { name: 'Window' });
    this.stage = page.getByRole('main');
    this.inspector = page.getByRole('complementary', { name: 'Inspector' });
    this.jobStrip = page.getByRole('contentinfo', { name: 'Jobs' });
    this.files = page.getByRole('region', { name: 'Files', exact: true });
    this.news = page.getByRole('region', { name: /notification/i });
  }

  /** The link to an entry of the rail, or to a step by hand. */
  link(screen: ScreenId): Locator {
    return this.page.getByRole('navigation').getByRole('link', { name: SCREENS[screen] });
  }

  /** Opens a screen: by the rail, or by its address. */
  async go(screen: ScreenId): Promise<void> {
    if (ENTRIES.includes(screen)) await this.link(screen).click();
    else await this.page.evaluate((id) => (location.hash = `/${id}`), screen);
    await this.expectScreen(screen);
  }

  async expectScreen(screen: ScreenId): Promise<void> {
    await expect(this.page).toHaveTitle(`${SCREENS[screen]} – Winnow`);
    if (ENTRIES.includes(screen)) await expect(this.link(screen)).toHaveAttribute('aria-current', 'page');
    // also behind a dialog, which hides the stage from roles
    await expect(this.page.locator('main h1')).toBeVisible();
  }

  /** What a step by hand is about. Its text is its name and what is chosen, or what is missing. */
  chip(name: ChipName): Locator {
    return this.page.getByRole('banner').getByRole('button', { name: new RegExp(`^${name} `) });
  }

  /** Works by hand on something else. */
  async take(name: ChipName, choice: RegExp): Promise<void> {
    await this.chip(name).click();
    await this.page.getByRole('option', { name: choice }).click();
    await this.page.keyboard.press('Escape');
  }

  /** What the panel says of a file. */
  fileResult(name: string): Locator {
    return this.files.getByRole('listitem').filter({ hasText: name });
  }

  /** Works on another demo set. */
  async takeDemos(name: string): Promise<void> {
    await this.go('demos');
    await this.stage.getByRole('grid', { name: 'Demo sets' }).getByRole('row', { name }).click();
  }

  /** Checks which model and demos a new file would be made of. */
  async expectWork(...names: readonly string[]): Promise<void> {
    await this.go('new');
    for (const name of names) await expect(this.stage).toContainText(name);
  }
}
