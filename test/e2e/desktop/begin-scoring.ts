// The sample and some demos of Python in an empty window, and their scoring begun.
import { join } from 'node:path';
import { ScoreScreen } from '../pages/score-screen.ts';
import { fewDemos, SAMPLE_MODEL } from '../sample.ts';
import { expect, type Window } from './test.ts';

/** Enough to do something while they are scored. */
export const MANY_DEMOS = 24;

/** @param home where the file of demos is written */
export async function beginScoring({ app, frame }: Window, home: string, demos: number): Promise<ScoreScreen> {
  await app.dropFiles([SAMPLE_MODEL]);
  await expect(frame.stage).toContainText('winnow-sample');
  await app.dropFiles([fewDemos('python', demos, join(home, 'python.jsonl'))]);
  await expect(frame.stage).toContainText('python');
  await frame.go('score');
  const score = new ScoreScreen(app.page);
  await score.start.click();
  return score;
}

/** Waits until some demos are scored, and most are not. */
export async function untilUnderWay(score: ScoreScreen, timeout: number): Promise<void> {
  await expect(score.progress).toHaveAccessibleName(/^demo [3-9] of 24/, { timeout });
}
