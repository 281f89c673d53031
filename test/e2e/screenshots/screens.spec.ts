// Every screen as a picture, to be looked at: empty and with finished work, light, dark and Japanese, small, large and in
// the little that a zoom of 200 % leaves.
// Usage: npm run screenshots; the pictures are in out/screenshots.
import { test } from '../desktop/test.ts';
import { SCREEN_IDS } from '../pages/frame.ts';
import { copyWork } from '../work-home.ts';
import { SIZES, takePicture } from './look.ts';

const LOOKS = [
  { look: 'light', colorScheme: 'light', locale: 'en-US' },
  { look: 'dark', colorScheme: 'dark', locale: 'en-US' },
  { look: 'japanese', colorScheme: 'light', locale: 'ja-JP' },
] as const;

for (const { look, colorScheme, locale } of LOOKS) {
  for (const size of SIZES) {
    for (const state of ['empty', 'work'] as const) {
      test(`${state}, ${look}, ${size.width}`, async ({ open, home }) => {
        if (state === 'work') copyWork(home);
        const { app } = await open({ colorScheme, locale });
        await app.resizeWindow(size);
        for (const [index, screen] of SCREEN_IDS.entries()) {
          if (index > 0 || state === 'work') await app.page.evaluate((id) => (location.hash = `/${id}`), screen);
          await takePicture(app.page, `${state}-${look}-${size.width}-${screen}`);
        }
      });
    }
  }
}
