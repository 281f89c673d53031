// A home with something of everything that Winnow stores.
import { rememberModel } from '../../../../electron/engine/store/models.ts';
import type { Store } from '../../../../electron/engine/store/database.ts';
import { addDemos } from '../../../../electron/engine/store/demos.ts';
import { ensureDomain } from '../../../../electron/engine/store/domains.ts';
import { addHeldOutText } from '../../../../electron/engine/store/held-out-texts.ts';
import { addSelection } from '../../../../electron/engine/store/selections.ts';
import { finishExport, startExport } from '../../../../electron/engine/store/exports.ts';
import { createScoreRun, finishScoreRun } from '../../../../electron/engine/store/score-runs.ts';
import { saveDemoScores } from '../../../../electron/engine/store/demo-scores.ts';
import { setSetting } from '../../../../electron/engine/store/settings.ts';
import { DEMOS, MODEL, SETTINGS, scoreOf } from '../../../unit/store/tiny-run.ts';

/** The id of the first model in a fresh database. */
const MODEL_ID = 1;
/** So that the same input is the same bytes. */
const NOW_MS = 1000;
const RUN_DEMOS = DEMOS.slice(0, 3);

/** A run with everything that scoring keeps of its demos. @returns its id */
function addRun(store: Store, state: 'done' | 'cancelled'): number {
  const modelId = rememberModel(store, MODEL, NOW_MS).id;
  const run = createScoreRun(store, { modelId, domain: 'math', settings: SETTINGS, demos: RUN_DEMOS }, 5000);
  RUN_DEMOS.slice(0, state === 'done' ? 3 : 2).forEach((_, position) =>
    saveDemoScores(store, run.id, [scoreOf(position)]),
  );
  finishScoreRun(store, run.id, state, 2.5, 9000);
  return run.id;
}

export function fillHome(store: Store): void {
  addRun(store, 'done');
  addRun(store, 'cancelled');
  const domain = ensureDomain(store, 'math');
  addDemos(store, domain.id, '/demos/math.jsonl', [
    { content: { kind: 'text', text: 'Two and two.' }, hash: 'a'.repeat(64), line: 1 },
    { content: { kind: 'chat', messages: [{ role: 'user', content: '2 + 2?' }] }, hash: 'b'.repeat(64), line: 2 },
  ]);
  addHeldOutText(store, domain.id, { name: 'held-out.txt', text: 'Three and three.' });
  const kept = MODEL.moeLayers.map(() => [0, 1, 2, 3]);
  const selection = addSelection(
    store,
    { modelId: MODEL_ID, name: 'half', kept, criterion: 'reap', settings: {} },
    NOW_MS,
  );
  const started = startExport(
    store,
    MODEL_ID,
    { keep: 4, selectionHash: null, selectionId: selection.id, domains: ['math'] },
    '/out/half.gguf',
    NOW_MS,
  );
  finishExport(store, started.id, { state: 'done', bytes: 1, sha256: '0'.repeat(64), seconds: 1 }, NOW_MS);
  setSetting(store, 'theme', 'dark');
}
