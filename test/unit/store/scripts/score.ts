// Scores demos in packs of PACK and says after each commit how many are saved. With "hang N" it stops for good inside
// the transaction of the pack that begins at demo N.
import { writeSync } from 'node:fs';
import { openStore } from '../../../../electron/engine/store/database.ts';
import { saveDemoScores } from '../../../../electron/engine/store/demo-scores.ts';
import { rememberModel } from '../../../../electron/engine/store/models.ts';
import { createScoreRun } from '../../../../electron/engine/store/score-runs.ts';
import { DEMOS, MODEL, PACK, SETTINGS, scoreOf } from '../tiny-run.ts';

const store = openStore(process.argv[2]!);
const hangAt = process.argv[3] === undefined ? undefined : Number(process.argv[3]);
const model = rememberModel(store, MODEL);
const run = createScoreRun(store, { modelId: model.id, domain: 'math', settings: SETTINGS, demos: DEMOS });
writeSync(1, `${run.id}\n`);
for (let first = 0; first < DEMOS.length; first += PACK) {
  const scores = Array.from({ length: PACK }, (_, i) => scoreOf(first + i));
  store.transaction(() => {
    saveDemoScores(store, run.id, scores);
    if (first === hangAt) {
      writeSync(1, 'hanging\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
  });
  writeSync(1, `${first + PACK}\n`);
}
