// Prunes a model into a folder on a disk that something else fills meanwhile: `node fill-disk.ts MODEL FOLDER HOME`. Prints what
// came of it, and what lies in the folder then.
import { readdirSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorToData } from '../../../electron/contract/errors.ts';
import { Engine } from '../../engine.ts';

const [model = '', folder = '', home = ''] = process.argv.slice(2);
const LAYERS = 6;
const KEPT = Array.from({ length: 16 }, (_, expert) => expert);

let isFilled = false;

/** Once, when the work has begun. */
function fill(): void {
  if (isFilled) return;
  isFilled = true;
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, 'filler'), Buffer.alloc(bavail * bsize));
}

const engine = new Engine({ home });
try {
  await engine.prune(
    {
      model,
      kept: Array.from({ length: LAYERS }, () => KEPT),
      output: join(folder, 'pruned.gguf'),
      grouping: 'ungrouped',
      nextn: 'reuse',
      allowFewerUsed: false,
      overwrite: false,
      dryRun: false,
    },
    {
      onProgress: ({ done }) => {
        if (done > 0) fill();
      },
    },
  );
  process.stdout.write(JSON.stringify({ error: null }));
} catch (error) {
  const { code, message } = errorToData(error);
  const left = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]);
  process.stdout.write(JSON.stringify({ error: { code, message }, left }));
} finally {
  await engine.close();
}
