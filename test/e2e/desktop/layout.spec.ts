// Every screen can be read at every usual size: no text is cut off or broken between letters, and no table is without
// room for its rows. 200 % zoom leaves half the pixels.
import { SCREEN_IDS } from '../pages/frame.ts';
import { cutTexts } from '../pages/cut-texts.ts';
import { settled } from '../pages/settled.ts';
import { expect, test, thoroughTest } from './test.ts';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
  { width: 960, height: 540 },
  { width: 640, height: 400 },
];
const LANGUAGES = ['en-US', 'ja-JP'];
/** A head and two rows. */
const LEAST_TABLE_HEIGHT = 110;

for (const locale of LANGUAGES) {
  for (const state of ['empty', 'with finished work'] as const) {
    // each language and each state once; Japanese has the tighter tables
    const isOften = (locale === 'ja-JP') === (state === 'with finished work');
    (isOften ? test : thoroughTest)(`every screen, ${state}, ${locale}`, async ({ open, openWork, picture }) => {
      test.setTimeout(300_000);
      const { app, frame } = await (state === 'empty' ? open({ locale }) : openWork({ locale }));
      const { page } = app;
      await expect(page.getByRole('navigation').first()).toBeVisible();
      for (const size of SIZES) {
        await page.setViewportSize(size);
        for (const screen of SCREEN_IDS) {
          const place = `${screen}, ${size.width} × ${size.height}`;
          await page.locator(`nav a[href="#/${screen}"]`).click();
          // the engine's answers are drawn: those to what was open before came sooner
          await page.waitForTimeout(100);
          await settled(page);
          expect.soft(await cutTexts(page), place).toEqual([]);
          for (const table of await frame.stage.getByRole('grid').all()) {
            const { height } = (await table.boundingBox()) ?? { height: 0 };
            expect.soft(height, `${place}: a table’s height`).toBeGreaterThan(LEAST_TABLE_HEIGHT);
          }
          await picture(page, `${screen}-${size.width}-${state === 'empty' ? 'empty' : 'work'}-${locale}`);
        }
      }
    });
  }
}
