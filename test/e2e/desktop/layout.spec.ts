// Every screen can be read at every usual size: no text is cut off or broken between letters, no table is without room
// for its rows, and from 1,024 pixels on none has to be scrolled sideways. 200 % zoom leaves half the pixels.
import { SCREEN_IDS } from '../pages/frame.ts';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { cutTexts, sidewaysTables } from '../pages/cut-texts.ts';
import { settled } from '../pages/settled.ts';
import { TryScreen } from '../pages/try-screen.ts';
import { expect, test, thoroughTest, WORK_MS } from './test.ts';

const SIZES = [
  { width: 1024, height: 700 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
  { width: 960, height: 540 },
  { width: 640, height: 400 },
];
const LANGUAGES = ['en-US', 'ja-JP'];
/** From this width on every table shows all of its columns. */
const WIDE = 1024;
/** A head and two rows. */
const LEAST_TABLE_HEIGHT = 110;

for (const locale of LANGUAGES) {
  for (const state of ['empty', 'with finished work'] as const) {
    // each language and each state once; Japanese has the tighter tables
    const isOften = (locale === 'ja-JP') === (state === 'with finished work');
    (isOften ? test : thoroughTest)(`every screen, ${state}, ${locale}`, async ({ open, openWork }) => {
      test.setTimeout(300_000);
      const { app, frame } = await (state === 'empty' ? open({ locale }) : openWork({ locale }));
      const { page } = app;
      await expect(page.getByRole('navigation').first()).toBeVisible();
      for (const size of SIZES) {
        await page.setViewportSize(size);
        for (const screen of SCREEN_IDS) {
          const place = `${screen}, ${size.width} × ${size.height}`;
          await page.evaluate((id) => (location.hash = `/${id}`), screen);
          // the engine's answers are drawn: those to what was open before came sooner
          await page.waitForTimeout(100);
          await settled(page);
          expect.soft(await cutTexts(page), place).toEqual([]);
          if (size.width >= WIDE) expect.soft(await sidewaysTables(page), place).toEqual([]);
          for (const table of await frame.stage.getByRole('grid').all()) {
            const { height } = (await table.boundingBox()) ?? { height: 0 };
            expect.soft(height, `${place}: a table’s height`).toBeGreaterThan(LEAST_TABLE_HEIGHT);
          }
        }
      }
    });
  }
}

/** Layers and experts are told apart by eye. */
const LEAST_PICTURE = { width: 300, height: 180 };

for (const size of [
  { width: 1024, height: 700 },
  { width: 1280, height: 800 },
]) {
  test(`the heat map comes first on Choose, ${size.width} × ${size.height}`, async ({ openWork }) => {
    const { app, frame } = await openWork();
    await app.page.setViewportSize(size);
    await frame.go('choose');
    await settled(app.page);
    const { picture } = new ChooseScreen(app.page).heatmap;
    const box = await picture.boundingBox();
    const strip = await frame.jobStrip.boundingBox();
    if (box === null || strip === null) throw new Error('the heat map is not drawn');
    expect(box.y + box.height, 'all of it above the fold').toBeLessThanOrEqual(strip.y);
    expect(box.width).toBeGreaterThanOrEqual(LEAST_PICTURE.width);
    expect(box.height).toBeGreaterThanOrEqual(LEAST_PICTURE.height);

    await picture.focus();
    for (const key of ['ArrowDown', 'ArrowRight', 'Enter']) await app.page.keyboard.press(key);
    await expect(frame.inspector.getByRole('button', { name: 'Pin' })).toBeVisible();
    await settled(app.page);
    expect(await cutTexts(app.page), 'with an expert in the inspector').toEqual([]);
  });
}

/** Some fifteen lines of two answers. */
const LEAST_ANSWERS = 300;

test('Try leaves most of a small window to the answers, whose differences and loops are marked', async ({
  openWork,
}) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await page.setViewportSize({ width: 1024, height: 700 });
  await frame.go('try');
  const chat = new TryScreen(page);
  await chat.loadBoth.click();
  await expect(chat.suggestions.first()).toBeEnabled({ timeout: WORK_MS });
  await expect(frame.stage.getByRole('button', { name: /^The full model without the experts/ })).toBeVisible();
  await chat.limitTo(48);
  await chat.suggestions.first().click();
  await chat.expectAnswers(2, WORK_MS);
  await settled(page);
  const box = await chat.conversation.boundingBox();
  expect(box?.height).toBeGreaterThanOrEqual(LEAST_ANSWERS);
  expect(await cutTexts(page)).toEqual([]);
  await expect(chat.turns.first().locator('mark').first()).toBeVisible();
});
