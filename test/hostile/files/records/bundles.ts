// Run bundles: what is opened must serve everything that is read from runs, and what is refused leaves nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorToData, WinnowError } from '../../../../electron/contract/errors.ts';
import { readBundle } from '../../../../electron/engine/experts/runs/bundle-file.ts';
import { exportRun } from '../../../../electron/engine/experts/runs/share-run.ts';
import { openBlob, sealBlob } from '../../../../electron/engine/store/blobs.ts';
import { openStore } from '../../../../electron/engine/store/database.ts';
import { listScoreRuns } from '../../../../electron/engine/store/score-runs.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateJson } from '../mutate-json.ts';
import { openEngine, type OpenEngine } from '../../../unit/session/open-engine.ts';
import type { Random } from '../../random.ts';
import type { OpenTarget, Verdict } from '../../target.ts';
import { unclear } from '../unclear.ts';
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
  const blobs = [...bundle.blobs];
  switch (random.below(8)) {
    case 0:
      return bytes;
    case 1:
      return mutateBytes(bytes, random);
    case 2: {
      const chosen = random.below(blobs.length);
      blobs.splice(
        chosen,
        random.below(3),
        ...Array.from({ length: random.below(3) }, () => random.pick(bundle.blobs)),
      );
      return Buffer.concat([firstLine, ...blobs]);
    }
    case 3: {
      const chosen = random.below(blobs.length);
      const longer = Buffer.from(blobs[chosen] ?? Buffer.alloc(16));
      longer.writeUInt32LE(Number(BigInt.asUintN(32, random.edge())), 4);
      blobs[chosen] = longer;
      return Buffer.concat([firstLine, ...blobs]);
    }
    default:
      return Buffer.concat([firstLine, ...resealed(blobs, random)]);
  }
}

const KEEP = 4;

class BundlesTarget implements OpenTarget {
  readonly #path: string;
  readonly #bundles: readonly Bundle[];
  readonly #engine: OpenEngine;

  constructor(folder: string, bundles: readonly Bundle[]) {
    this.#path = join(folder, 'run.winnow');
    this.#bundles = bundles;
    this.#engine = openEngine(join(folder, 'home'));
  }

  async tryInput(random: Random): Promise<Verdict> {
    const { client } = this.#engine;
    const { store } = this.#engine.services.context;
    const bundle = random.pick(this.#bundles);
    const bytes = make(bundle, random);
    writeFileSync(this.#path, bytes);
    try {
      const run = await client.call('runs.importBundle', { grant: this.#engine.grant(this.#path) });
      const finding = await this.#problemOf(run.id);
      await client.call('runs.delete', { runIds: [run.id] });
      return { kind: 'bundles', end: 'read', finding };
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code === 'INTERNAL') throw error;
      if (bytes === bundle.bytes)
        return { kind: 'bundles', end: error.code, finding: `refused what is sound: ${error.message}` };
      const left = listScoreRuns(store).length;
      const finding = left > 0 ? `${left} runs are left of what was refused` : unclear(error, this.#path);
      return { kind: 'bundles', end: error.code, finding };
    } finally {
      // the models too: one that a bundle brought along stays known
      store.run('DELETE FROM score_runs');
      store.run('DELETE FROM models');
    }
  }

  /** Asks all that the interface asks of a run. */
  async #problemOf(runId: number): Promise<string | null> {
    const { client } = this.#engine;
    const criterion = 'easy-ep' as const;
    const asked: readonly [string, () => Promise<unknown>][] = [
      ['runs.list', () => client.call('runs.list', {})],
      ['runs.get', () => client.call('runs.get', { runId })],
      ['runs.demos', () => client.call('runs.demos', { runId })],
      ['runs.scores', () => client.call('runs.scores', { runIds: [runId], criterion, mix: 'shares', seed: 0 })],
      ['runs.agreement', () => client.call('runs.agreement', { runId, criterion, keep: KEEP })],
      ['runs.expert', () => client.call('runs.expert', { runIds: [runId], layer: 0, expert: 1, seed: 0 })],
    ];
    for (const [name, ask] of asked) {
      try {
        const answer = await ask();
        if (name === 'runs.scores' && !(answer as { scores: Float64Array }).scores.every(Number.isFinite)) {
          return 'scores that are no numbers';
        }
      } catch (error) {
        const { code, message } = errorToData(error);
        if (code === 'INTERNAL' || name === 'runs.list') return `${name} fails: ${code}: ${message.slice(0, 300)}`;
      }
    }
    return null;
  }

  async close(): Promise<null> {
    await this.#engine.close();
    return null;
  }
}

export const openBundles = async (folder: string): Promise<OpenTarget> =>
  new BundlesTarget(folder, await makeBundles(folder));
