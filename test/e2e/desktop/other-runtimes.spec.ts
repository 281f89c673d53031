// What is handed to programs other than llama.cpp's: the original checkpoint cut to the same experts.
import { join } from 'node:path';
import { SAMPLE_MODEL } from '../../../electron/engine/base/files/sample-files.ts';
import { checkpointOf, SAMPLE_CONFIG } from '../../sample-checkpoint.ts';
import { writeCheckpointFolder } from '../../unit/checkpoints/tiny-checkpoint.ts';
import { expect, test } from './test.ts';

test('the original checkpoint is cut to the choice, and that of another model is not', async ({ openWork, home }) => {
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

  await app.answerDialog({ kind: 'open', paths: [own] });
  await cut.click();
  await expect(checkpoint.getByRole('status')).toContainText('Written and verified');
  await expect(checkpoint.getByRole('status')).toContainText('value for value');
});
