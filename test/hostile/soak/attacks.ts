// Attacks between a soak's jobs: each is refused by name, and leaves nothing behind.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WinnowError, type ErrorCode } from '../../../electron/contract/errors.ts';
import { ENDLESS_MODEL } from '../attack/endless-template.ts';
import { SAMPLE } from '../../integration/support.ts';
import type { App } from '../kills/app.ts';
import { jobOf, type World } from '../kills/work.ts';

/** Where a soak's steps take place. */
export type SoakPlace = {
  readonly app: App;
  readonly world: World;
  /** Folder of the database. */
  readonly home: string;
  readonly folder: string;
  /** Counts the rounds. */
  readonly round: number;
};

/** Each takes the seconds after which a template is given up. */
const TEMPLATE_EVERY = 70;

/** @throws unless the call is refused with one of the codes */
async function refused(what: string, call: Promise<unknown>, ...codes: ErrorCode[]): Promise<void> {
  const end = await call.then(
    () => 'it was taken',
    (error: unknown) => (error instanceof WinnowError ? error.code : String(error)),
  );
  if (!codes.some((code) => code === end)) throw new Error(`${what}: ${end}`);
}

/** A file of its own for each round: nothing of an earlier one helps. */
function hostileFile({ folder, round }: SoakPlace, name: string, bytes: string | Buffer): string {
  const path = join(folder, `${round}-${name}`);
  writeFileSync(path, bytes);
  return path;
}

/** In turn, one a round. */
const ATTACKS: readonly ((place: SoakPlace) => Promise<void>)[] = [
  async (place) => {
    const whole = readFileSync(SAMPLE);
    const path = hostileFile(place, 'cut.gguf', whole.subarray(0, 4096 + (place.round % 1000) * 512));
    const [added] = await place.app.client.call('library.add', { grants: [place.app.grant(path, 'read')] });
    if (added?.error === null) throw new Error('a model that ends in its header was taken');
    rmSync(path);
  },
  async (place) => {
    const { client } = place.app;
    const { id: domainId } = await client.call('domains.create', { name: `hostile ${place.round}` });
    for (const [name, bytes] of [
      ['blank.jsonl', '\n'.repeat(1 << 20)],
      ['deep.json', '['.repeat(100_000)],
      ['none.parquet', `PAR1${'\0'.repeat(300)}\u00FF\u00FF\u00FF\u007FPAR1`],
      ['nul.csv', `a,b\n${'"\0'.repeat(5000)}`],
    ] as const) {
      const path = hostileFile(place, name, bytes);
      const { files } = await client.call('demos.import', { domainId, grants: [place.app.grant(path, 'read')] });
      if (files.some(({ added }) => added > 1)) throw new Error(`${name} became demos`);
      rmSync(path);
    }
    await client.call('domains.delete', { domainId });
  },
  async (place) => {
    const path = hostileFile(place, 'bundle.winnow', readFileSync(place.world.bundle).fill(0x20, 200, 400));
    const call = place.app.client.call('runs.importBundle', { grant: place.app.grant(path, 'read') });
    await refused('a damaged bundle', call, 'SCORES_INVALID');
    rmSync(path);
  },
  async (place) => {
    const path = hostileFile(place, 'mask.json', `[${'[1,0,"x"],'.repeat(50_000)}[1]]`);
    const { modelId } = place.world;
    const call = place.app.client.call('selections.importMask', { modelId, grant: place.app.grant(path, 'read') });
    await refused('a mask of words', call, 'MASK_INVALID');
    rmSync(path);
  },
  async (place) => {
    const target = place.app.grant(join(place.home, 'winnow.db'), 'write');
    const call = place.app.client.call('selections.exportMask', { selectionId: place.world.selectionId, target });
    await refused('a mask onto the database', call, 'TARGET_UNWRITABLE', 'USAGE');
  },
  async ({ app, world: { modelId, domainId } }) => {
    const { jobId } = await app.client.call('runs.start', { modelId, domainId, limit: null, fresh: true });
    let job = await jobOf(app.client, jobId);
    while (job.state === 'queued' || job.state === 'running') {
      for (const pid of app.victims('worker')) process.kill(pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 50));
      job = await jobOf(app.client, jobId);
    }
    // whom the last of them hit is known to the engine a moment later
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (job.state !== 'failed') throw new Error(`scoring whose worker was killed is ${job.state}`);
    if (job.runId !== null) await app.client.call('runs.delete', { runIds: [job.runId] });
  },
  async (place) => {
    if (place.round % TEMPLATE_EVERY !== 6) return;
    const { app, world, home } = place;
    const path = join(home, '..', ENDLESS_MODEL);
    const modelId = await app.addModel(path);
    const { demos } = await app.client.call('demos.list', {
      domainId: world.promptsId,
      offset: 0,
      limit: 1,
      search: '',
    });
    const request = { demoId: demos[0]?.id ?? 0, modelId, maxTokens: 0 };
    await refused('a template without end', app.client.call('demos.rendered', request), 'GGUF_CORRUPT', 'DEMO_FORMAT');
    await app.client.call('library.remove', { modelId });
  },
];

/** The attack whose turn it is. */
export async function attackOnce(place: SoakPlace): Promise<void> {
  await ATTACKS[place.round % ATTACKS.length]?.(place);
}
