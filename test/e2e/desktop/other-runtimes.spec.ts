// What is handed to programs other than llama.cpp's: the original checkpoint cut to the same experts, and rankings.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SAMPLE_MODEL } from '../../../electron/engine/base/files/sample-files.ts';
import { checkpointOf, SAMPLE_CONFIG } from '../../sample-checkpoint.ts';
import { writeCheckpointFolder } from '../../unit/checkpoints/tiny-checkpoint.ts';
import { RunsScreen } from '../pages/runs-screen.ts';
import { expect, test } from './test.ts';

test('the original checkpoint is cut to the choice, and that of another model is not', async ({
  openWork,
  home,
  picture,
}) => {
  const tensors = await checkpointOf(SAMPLE_MODEL);
  const own = writeCheckpointFolder(join(home, 'own'), { config: SAMPLE_CONFIG, tensors, shards: 2 });
  const other = writeCheckpointFolder(join(home, 'other'), {
    config: { ...SAMPLE_CONFIG, model_type: 'bert' },
    tensors,
  });
  const { app, frame } = await openWork();
  await frame.go('export');
  const checkpoint = frame.stage.getByRole('region', { name: 'The original checkpoint' });
  const cut = checkpoint.getByRole('button', { name: 'Choose the checkpoint’s folder…' });

  await app.answerDialog({ kind: 'open', paths: [other] });
  await cut.click();
  await expect(checkpoint.getByRole('alert')).toContainText('bert');
  await picture(app.page, 'checkpoint-refused');

  await app.answerDialog({ kind: 'open', paths: [own] });
  await cut.click();
  await expect(checkpoint.getByRole('status')).toContainText('Written and verified');
  await expect(checkpoint.getByRole('status')).toContainText('value for value');
  await picture(app.page, 'checkpoint-cut');
});

test('a ranking that is saved in Runs chooses in Choose, and a file that is none does not', async ({
  openWork,
  home,
  picture,
}) => {
  const { app, frame } = await openWork();
  await frame.go('runs');
  await frame.stage
    .getByRole('row', { name: /python/ })
    .first()
    .click();
  const ranking = join(home, 'python.ranking.json');
  await app.answerDialog({ kind: 'save', path: ranking });
  const runs = new RunsScreen(app.page);
  await runs.save.click();
  await runs.saveRanking.click();
  await expect.poll(() => existsSync(ranking)).toBe(true);
  expect(JSON.parse(readFileSync(ranking, 'utf8'))).toMatchObject({ criterion: 'easy-ep' });

  await frame.go('choose');
  const open = async (path: string): Promise<void> => {
    await app.answerDialog({ kind: 'open', paths: [path] });
    await frame.stage.getByRole('button', { name: 'Selection', exact: true }).click();
    await app.page.getByRole('menuitem', { name: 'Open a ranking…' }).click();
  };
  const odd = join(home, 'odd.csv');
  writeFileSync(odd, 'layer,expert\n0,1\n');
  await open(odd);
  const refused = app.page.getByRole('dialog');
  await expect(refused).toContainText('odd.csv is not a usable ranking: at line 1');
  await picture(app.page, 'ranking-refused');
  await refused.getByRole('button', { name: 'Close' }).click();
  await open(ranking);
  await expect(frame.stage.getByText('“python.ranking”: 16 of 32 experts')).toBeVisible();
  await picture(app.page, 'ranking-opened');
});
