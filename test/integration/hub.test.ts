// Models and demos of a model hub, against a double of one: looked at, got, gone on with, checked, found again, and refused.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { lookOnHub, runGet } from '../../electron/engine/models/hub/hub-process.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';
import { idleTask } from '../../electron/engine/store/task.ts';
import { HubDouble, lengthOf } from '../hub-double.ts';
import { openTestEngine } from '../unit/session/test-engine.ts';
import { startCommandLine, until } from './processes.ts';
import { smallDisk } from './small-disk.ts';
import { commandLineHere, ROOT, SAMPLE, scratchDir } from './support.ts';
import { words } from '../words.ts';

const scratch = scratchDir();
const MODEL = readFileSync(SAMPLE);
const ADDRESS = 'hf:someone/Sample-GGUF:Q8_0';
const NAME = 'hf_someone_Sample.Q8_0.gguf';
/** How many of the pieces that the second host sends are most of the model, whole chunks of it included. */
const MOST_PIECES = Math.floor((0.95 * MODEL.byteLength) / (64 * 1024));

let hub: HubDouble;
let home = '';
let homes = 0;

beforeEach(async () => {
  home = join(scratch, `home-${homes++}`);
  hub = await HubDouble.open();
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_TOKEN', undefined);
  vi.stubEnv('HF_HOME', join(scratch, 'no-token'));
  vi.stubEnv('HF_HUB_OFFLINE', undefined);
  hub.add('someone/Sample-GGUF/Sample-Q8_0.gguf', MODEL);
  hub.tags.set('someone/Sample-GGUF:Q8_0', 'Sample-Q8_0.gguf');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

const winnow = () => commandLineHere(home);
const namesIn = (folder: string): string[] => (existsSync(join(home, folder)) ? readdirSync(join(home, folder)) : []);
const model = (): string => join(home, 'hub', NAME);

/** The path of a library for LD_PRELOAD, with which some pieces of a file are written late, and its notes at once. */
function slowDisk(): string {
  const path = join(scratch, 'slow-disk.so');
  execFileSync('cc', ['-shared', '-fPIC', '-o', path, join(import.meta.dirname, 'slow-disk.c')]);
  return path;
}

/** Whatever the home holds beside the database: nothing half written. */
function expectNothingLeft(): void {
  expect([...namesIn('hub'), ...namesIn('downloads'), ...namesIn('tmp')]).toEqual([]);
}

describe('before a byte of the weights', () => {
  test('it is said what the model is, and whether it fits', async () => {
    const { document } = await winnow().json('get', ADDRESS, '--estimate', '--ctx', '512');
    expect(document).toMatchObject({
      files: [{ name: NAME, bytes: MODEL.byteLength }],
      bytes: MODEL.byteLength,
      model: { arch: 'qwen3moe', file_type: 'Q8_0', n_expert: 32, n_expert_used: 4, prunable: { ok: true }, ctx: 512 },
    });
    expect(document).toMatchObject({ model: { fits: true, keep: null, memory_needed_pruned: null } });
    // the manifest, and the first megabytes
    expect(hub.bodies().filter(({ host }) => host === 'cdn')).toMatchObject([{ range: 'bytes=0-4194308' }]);
    expectNothingLeft();
  });

  test('it is said what it would be pruned to for this memory', async () => {
    const context = new EngineContext({ home, host: forkWorker });
    const look = async (freeBytes: number) => {
      const memory = () => Promise.resolve({ ram: { totalBytes: freeBytes, freeBytes }, vram: null });
      return (await lookOnHub(ADDRESS, context, { ctx: 256, memory, signal: new AbortController().signal })).model;
    };
    const small = await look(24e6);
    const { fit, keep } = small!;
    const needed = ({ weightsBytes, kvBytes, computeBytes }: typeof fit.full) => weightsBytes + kvBytes + computeBytes;
    expect(needed(fit.full)).toBeGreaterThan(fit.room.memory);
    expect(keep).toBeGreaterThanOrEqual(4);
    expect(keep).toBeLessThan(32);
    expect(needed(fit.pruned!)).toBeLessThanOrEqual(fit.room.memory);
    expect(await look(1e6)).toMatchObject({ keep: null, fit: { pruned: null, verdict: 'disk' } });
    context.close();
    expectNothingLeft();
  });

  test.each([
    ['no GGUF', Buffer.alloc(6_000_000, 1), 'NOT_GGUF', /hf:someone\/odd\/odd\.gguf is not a GGUF/],
    ['cut off', MODEL.subarray(0, 9_000_000), 'GGUF_CORRUPT', /hf:someone\/odd\/odd\.gguf/],
  ])('a file that is %s is named by its address', async (_, bytes, code, message) => {
    hub.add('someone/odd/odd.gguf', bytes);
    const { code: exit, document } = await winnow().json('get', 'hf:someone/odd/odd.gguf');
    expect(exit).toBe(1);
    expect(document).toMatchObject({ error: { code, message: expect.stringMatching(message) as string } });
    expectNothingLeft();
  });
});

describe('in the place of a file', () => {
  test('a model and demos are got once, and found from then on without the hub', async () => {
    const demos = readFileSync(join(ROOT, 'resources/sample/demos/python.jsonl'));
    hub.add('datasets/someone/set/demos.jsonl', demos, { isSmall: true });
    const score = words`
      score ${ADDRESS} --demos hf:datasets/someone/set/demos.jsonl --limit 1 --max-tokens 32 --gpu off --out
      ${join(home, 'scores.json')}`;
    const first = await winnow().call(...score);
    expect(first.stderr).toContain('experts         32 per layer, 4 used per token; 6 of 6 layers');
    expect(first.stderr).toMatch(/memory +needs .* is free: it fits/);
    expect(first.code).toBe(0);
    expect(namesIn('hub').toSorted()).toEqual(['hf_datasets_someone_set_demos.jsonl', NAME]);
    expect(readFileSync(model()).equals(MODEL)).toBe(true);
    expect(namesIn('downloads')).toEqual([]);

    await hub.close();
    hub.asked.length = 0;
    expect((await winnow().call(...score)).code).toBe(0);
    expect((await winnow().json('inspect', ADDRESS)).document).toMatchObject({ path: model(), n_expert: 32 });
    expect((await winnow().json('get', ADDRESS)).document).toEqual({ path: model(), here: true });
    expect(hub.asked).toEqual([]);

    const page = openTestEngine(home);
    await page.client.call('library.scan', {});
    expect(await page.client.call('library.list', {})).toMatchObject([{ bytes: MODEL.byteLength, state: 'ready' }]);
    const found = await page.client.call('hub.find', { address: ADDRESS });
    expect(found).toMatchObject({ modelId: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
  });

  test.each([
    ['inspect', ADDRESS],
    ['score', ADDRESS, '--demos', 'demos.jsonl', '--estimate'],
    ['quantize', ADDRESS, '-o', 'out.gguf', '--type', 'Q4_K_M', '--dry-run'],
  ])('winnow %s, which only looks, gets nothing', async (...args) => {
    const { code, stderr } = await winnow().call(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(`${ADDRESS} is not on this machine. What it would take: winnow get ${ADDRESS} --estimate`);
    expect(hub.asked).toEqual([]);
    expectNothingLeft();
  });
});

describe('nothing is contacted', () => {
  test('where the setting forbids it, which the error names', async () => {
    const page = openTestEngine(home);
    await page.client.call('settings.set', { allowHub: false });
    const refused = {
      code: 'HUB_REFUSED',
      message: expect.stringContaining('“Allow downloads from the hub” is off') as string,
    };
    await expect(page.client.call('hub.look', { address: ADDRESS, ctx: 256 })).rejects.toMatchObject(refused);
    await page.client.call('hub.get', { address: ADDRESS });
    expect(await page.until('job', ({ state }) => state === 'failed')).toMatchObject({ error: refused });
    await page.close();
    expect((await winnow().json('get', ADDRESS)).document).toMatchObject({ error: refused });
    expect(hub.asked).toEqual([]);
  });

  test('where the environment forbids it', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const { document } = await winnow().json('get', ADDRESS);
    expect(document).toMatchObject({ error: { message: expect.stringContaining('HF_HUB_OFFLINE is set') as string } });
    expect(hub.asked).toEqual([]);
  });
});

describe('getting', () => {
  const get = (stallMs?: number) => {
    const context = new EngineContext({ home, host: forkWorker });
    return runGet({ address: ADDRESS }, context, idleTask(), stallMs).finally(() => context.close());
  };

  /** Leaves most of a download, whole chunks of it included. */
  async function breakOff(): Promise<void> {
    let pieces = 0;
    hub.pause = () => (++pieces > MOST_PIECES ? new Promise(() => {}) : Promise.resolve());
    await expect(get(1500)).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
    expect(namesIn('downloads')).toHaveLength(1);
    hub.pause = null;
  }

  test('is a job that can be cancelled, and goes on when it is queued again', async () => {
    const page = openTestEngine(home);
    let pieces = 0;
    hub.pause = () => (++pieces > MOST_PIECES ? new Promise(() => {}) : Promise.resolve());
    const { jobId } = await page.client.call('hub.get', { address: ADDRESS });
    await page.until('job', ({ done, total }) => total === MODEL.byteLength && done > 0.8 * total);
    await page.client.call('jobs.cancel', { jobId });
    await page.until('job', ({ state }) => state === 'cancelled');
    expect(namesIn('hub')).toEqual([]);
    expect(namesIn('downloads')).toHaveLength(1);
    hub.pause = null;
    await page.client.call('jobs.requeue', { jobId });
    await page.until('job', ({ state }) => state === 'done');
    expect(await page.client.call('jobs.outcome', { jobId })).toMatchObject({ bytes: MODEL.byteLength });
    expect(readFileSync(model()).equals(MODEL)).toBe(true);
    expect(namesIn('downloads')).toEqual([]);
    expect(await page.client.call('library.list', {})).toMatchObject([{ state: 'ready' }]);
  });

  test('goes on after a kill', async () => {
    let pieces = 0;
    // the header was read before
    hub.pause = () => {
      if (namesIn('downloads').length > 0) pieces++;
      return pieces > MOST_PIECES ? new Promise(() => {}) : Promise.resolve();
    };
    const command = startCommandLine(home, ['get', ADDRESS], { env: { LD_PRELOAD: slowDisk() } });
    await until('whole pieces of it are noted behind it', () => {
      const [folder] = namesIn('downloads');
      const part = join(home, 'downloads', folder ?? '', `${NAME}.ipull`);
      return existsSync(part) && statSync(part).size > MODEL.byteLength;
    });
    command.kill('SIGKILL', 'group');
    await command.finished;
    expect(namesIn('hub')).toEqual([]);
    hub.pause = null;
    hub.asked.length = 0;
    expect(await get()).toMatchObject({ path: model(), bytes: MODEL.byteLength });
    expect(readFileSync(model()).equals(MODEL)).toBe(true);
    const again = hub.bodies().filter(({ host }) => host === 'cdn');
    expect(again.reduce((sum, { range }) => sum + lengthOf(range), 0)).toBeLessThan(MODEL.byteLength);
    expect(namesIn('downloads')).toEqual([]);
  });

  test('begins anew where what is left of it is damaged, and says so', async () => {
    await breakOff();
    const [folder = ''] = namesIn('downloads');
    const left = openSync(join(home, 'downloads', folder, `${NAME}.ipull`), 'r+');
    const byte = Buffer.from([0xff]);
    // one byte in each piece, whichever of them are there
    for (let at = 1 << 20; at < MODEL.byteLength; at += 1 << 20) writeSync(left, byte, 0, 1, at);
    closeSync(left);
    const { stderr, code } = await winnow().call('get', ADDRESS);
    expect(stderr).toContain(
      `What an earlier attempt to get ${ADDRESS} had left is damaged: the download starts over.`,
    );
    expect(code).toBe(0);
    expect(readFileSync(model()).equals(MODEL)).toBe(true);
    expect(namesIn('downloads')).toEqual([]);
  });

  test('removes what is not what the hub said', async () => {
    hub.add('someone/Sample-GGUF/Sample-Q8_0.gguf', MODEL, { saidSha256: 'a'.repeat(64) });
    await expect(get()).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
      message: expect.stringContaining(`${NAME} of ${ADDRESS} is not what the hub said`) as string,
    });
    expectNothingLeft();
  });

  test('is not begun where the disk has no room', async () => {
    hub.add('someone/Sample-GGUF/Sample-Q8_0.gguf', MODEL, { saidBytes: 1e13 });
    await expect(get()).rejects.toMatchObject({ code: 'NO_SPACE' });
    expect(hub.bodies().filter(({ host }) => host === 'cdn')).toEqual([]);
    expectNothingLeft();
  });

  test('is done by one process at a time', async () => {
    let isSending = false;
    // the header is read first
    hub.pause = () => {
      isSending = namesIn('downloads').length > 0;
      return isSending ? new Promise(() => {}) : Promise.resolve();
    };
    const command = startCommandLine(home, ['get', ADDRESS]);
    await until('it has begun', () => isSending);
    await expect(get()).rejects.toMatchObject({
      message: expect.stringMatching(/^Process \d+ is already getting these files/) as string,
    });
    command.kill('SIGKILL', 'group');
    await command.finished;
  });
});

describe('a disk that becomes full', () => {
  const fullHome = join(scratch, 'full');
  mkdirSync(fullHome);
  const requireDisk = smallDisk(join(fullHome, 'downloads'), 12);

  test('leaves nothing', async (test) => {
    requireDisk(test);
    home = fullHome;
    const context = new EngineContext({ home, host: forkWorker });
    await expect(runGet({ address: ADDRESS }, context, idleTask())).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringContaining('the disk is full') as string,
    });
    context.close();
    expectNothingLeft();
    writeFileSync(join(fullHome, 'downloads', 'still-usable'), '');
  });
});
