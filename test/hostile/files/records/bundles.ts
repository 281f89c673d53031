// Run bundles: what is opened must serve everything that is read from runs, and what is refused leaves nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorToData } from '../../../../electron/contract/errors.ts';
import { readBundle } from '../../../../electron/engine/experts/runs/bundle-file.ts';
import { exportRun } from '../../../../electron/engine/experts/runs/share-run.ts';
import { openBlob, sealBlob } from '../../../../electron/engine/store/blobs.ts';
import { openStore } from '../../../../electron/engine/store/database.ts';
import { listScoreRuns } from '../../../../electron/engine/store/score-runs.ts';
import { mutateBytes, mutateJson } from '../mutate.ts';
import { openEngine, type OpenEngine } from '../../../unit/session/open-engine.ts';
import type { Random } from '../../random.ts';
import type { OpenTarget } from '../../target.ts';
import { tryFile } from '../try-file.ts';
import { addRun } from './a-home.ts';

type Bundle = { readonly bytes: Buffer; readonly firstLine: Buffer; readonly blobs: readonly Buffer[] };

async function makeBundles(folder: string): Promise<Bundle[]> {
  const store = openStore(join(folder, 'source'));
  const bundles: Bundle[] = [];
  for (const state of ['done', 'cancelled'] as const) {
    const path = join(folder, `${state}.winnow`);
    await exportRun(store, addRun(store, state), path);
    const blobs: Buffer[] = [];
    for await (const blob of readBundle(path)) blobs.push(blob);
    const bytes = readFileSync(path);
    bundles.push({ bytes, firstLine: bytes.subarray(0, bytes.indexOf(0x0a) + 1), blobs });
  }
  store.close();
  return bundles;
}

/** What a payload of numbers may hold that no scoring writes. */
function otherNumbers(payload: Buffer, random: Random): Buffer {
  const changed = Buffer.from(payload);
  if (changed.length < 8) return changed;
  const at = 8 * random.below(Math.floor(changed.length / 8));
  changed.writeDoubleLE(random.pick([NaN, Infinity, -Infinity, -1, -1e308, 1e308, 5e-324]), at);
  return changed;
}

/** One blob changed and sealed again, so that its checksum is right. */
function resealed(blobs: readonly Buffer[], random: Random): Buffer[] {
  const chosen = random.once(2) ? 0 : random.below(blobs.length);
  return blobs.map((blob, i) => {
    if (i !== chosen) return blob;
    const payload = Buffer.from(openBlob(blob));
    if (i === 0) return sealBlob(Buffer.from(mutateJson(JSON.parse(payload.toString()), random)));
    return sealBlob(random.once(2) ? otherNumbers(payload, random) : mutateBytes(payload, random));
  });
}

function make(bundle: Bundle, random: Random): Buffer {
  const { bytes, firstLine } = bundle;
  const chance = random.below(8);
  if (chance === 0) return bytes;
  if (chance === 1) return mutateBytes(bytes, random);
  const blobs = [...bundle.blobs];
  const chosen = random.below(blobs.length);
  if (chance === 2) {
    const others = Array.from({ length: random.below(3) }, () => random.pick(bundle.blobs));
    blobs.splice(chosen, random.below(3), ...others);
  } else if (chance === 3) {
    // another length than it has
    const longer = Buffer.from(blobs[chosen] ?? Buffer.alloc(16));
    longer.writeUInt32LE(Number(BigInt.asUintN(32, random.edge())), 4);
    blobs[chosen] = longer;
  } else return Buffer.concat([firstLine, ...resealed(blobs, random)]);
  return Buffer.concat([firstLine, ...blobs]);
}

const KEEP = 4;

/** Asks all that the interface asks of a run. @returns what is wrong, or null */
async function problemOf({ client }: OpenEngine, runId: number): Promise<string | null> {
  const criterion = 'easy-ep' as const;
  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    'runs.list': () => client.call('runs.list', {}),
    'runs.get': () => client.call('runs.get', { runId }),
    'runs.demos': () => client.call('runs.demos', { runId }),
    'runs.scores': async () => {
      const { scores } = await client.call('runs.scores', { runIds: [runId], criterion, mix: 'shares', seed: 0 });
      if (!scores.every(Number.isFinite)) throw new Error('scores that are no numbers');
    },
    'runs.agreement': () => client.call('runs.agreement', { runId, criterion, keep: KEEP }),
    'runs.expert': () => client.call('runs.expert', { runIds: [runId], layer: 0, expert: 1, seed: 0 }),
  };
  for (const [name, ask] of Object.entries(asked)) {
    try {
      await ask();
    } catch (error) {
      const { code, message } = errorToData(error);
      if (code === 'INTERNAL' || name === 'runs.list') return `${name} fails: ${code}: ${message.slice(0, 300)}`;
    }
  }
  return null;
}

export async function openBundles(folder: string): Promise<OpenTarget> {
  const bundles = await makeBundles(folder);
  const path = join(folder, 'run.winnow');
  const engine = openEngine(join(folder, 'home'));
  const { store } = engine.services.context;
  return {
    tryInput: (random) => {
      const bundle = random.pick(bundles);
      const bytes = make(bundle, random);
      const read = async (): Promise<string | null> => {
        const { id } = await engine.client.call('runs.importBundle', { grant: engine.grant(path) });
        const finding = await problemOf(engine, id);
        await engine.client.call('runs.delete', { runIds: [id] });
        return finding;
      };
      const refused = (): string | null => {
        const left = listScoreRuns(store).length;
        return left > 0 ? `${left} runs are left of what was refused` : null;
      };
      return tryFile({ kind: 'bundles', path, bytes, isSound: bytes === bundle.bytes, read, refused }).finally(() => {
        // the models too: one that a bundle brought along stays known
        store.run('DELETE FROM score_runs');
        store.run('DELETE FROM models');
      });
    },
    close: async () => {
      await engine.close();
      return null;
    },
  };
}
