// What a hub worker does, against a double of the hub: by node-llama-cpp's own resolver, reader and downloader.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { download, find, look, readHead } from '../../../electron/engine/models/hub/hub-files.ts';
import type { RemoteFile } from '../../../electron/engine/models/hub/protocol.ts';
import { HubDouble, sha256 } from '../../hub-double.ts';

/** Three of the downloader's chunks and a bit. */
const BYTES = randomBytes(16_000_000);
const MIB = 1 << 20;

let hub: HubDouble;
let folder: string;

beforeEach(async () => {
  hub = await HubDouble.open();
  folder = mkdtempSync(join(tmpdir(), 'winnow-hub-'));
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_TOKEN', undefined);
  vi.stubEnv('HF_HOME', join(folder, 'no-token'));
  hub.add('o/Big-GGUF/Big-Q8_0.gguf', BYTES);
  hub.tags.set('o/Big-GGUF:Q8_0', 'Big-Q8_0.gguf');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

const ADDRESS = 'hf:o/Big-GGUF:Q8_0';

async function get(files: readonly RemoteFile[], onProgress = (_done: number): void => {}): Promise<void> {
  const onStray = () => ({ [Symbol.dispose]: () => {} });
  const { signal } = new AbortController();
  await download({ files, folder, stallMs: 20_000 }, { address: ADDRESS, signal, onProgress, onStray });
}

describe('looking', () => {
  test('finds the file of a tag, with its size and checksum, and gets not a byte of it', async () => {
    expect(await look(ADDRESS, folder)).toEqual([
      {
        name: 'hf_o_Big.Q8_0.gguf',
        url: `${hub.endpoint}/o/Big-GGUF/resolve/main/Big-Q8_0.gguf?download=true`,
        bytes: BYTES.byteLength,
        sha256: sha256(BYTES),
        etag: sha256(BYTES),
      },
    ]);
    expect(hub.bodies().map(({ path }) => path)).toEqual(['/v2/o/Big-GGUF/manifests/Q8_0']);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('finds all parts of a split model by one of them', async () => {
    const parts = [1, 2, 3].map((n) => Buffer.alloc(1000 + n, n));
    parts.forEach((bytes, i) => hub.add(`o/m/q8/m-0000${i + 1}-of-00003.gguf`, bytes));
    const files = await look('hf:o/m/q8/m-00002-of-00003.gguf', folder);
    expect(files.map(({ name }) => name)).toEqual([1, 2, 3].map((n) => `hf_o_m_q8_m-0000${n}-of-00003.gguf`));
    expect(files.map(({ bytes }) => bytes)).toEqual([1001, 1002, 1003]);
    expect(files.map((file) => file.sha256)).toEqual(parts.map(sha256));
  });

  test('finds a checksum in capital letters', async () => {
    hub.add('o/m/capital.gguf', BYTES, { saidSha256: sha256(BYTES).toUpperCase() });
    expect(await look('hf:o/m/capital.gguf', folder)).toMatchObject([{ sha256: sha256(BYTES) }]);
  });

  test('finds a file of a data set, which may have no checksum', async () => {
    hub.add('datasets/o/set/data/train.parquet', Buffer.from('PAR1'), { isSmall: true });
    expect(await look('hf:datasets/o/set/data/train.parquet', folder)).toMatchObject([
      { name: 'hf_datasets_o_set_data_train.parquet', bytes: 4, sha256: null },
    ]);
  });

  test('takes the token to the hub alone, and only where it is needed', async () => {
    hub.add('o/private/m.gguf', BYTES, { token: 'secret' });
    vi.stubEnv('HF_TOKEN', 'secret');
    const files = await look('hf:o/private/m.gguf', folder);
    await get(files);
    expect(readFileSync(join(folder, files[0]?.name ?? '')).equals(BYTES)).toBe(true);
    const authorized = hub.asked.filter(({ authorization }) => authorization !== undefined);
    expect(authorized.length).toBeGreaterThan(0);
    expect(authorized.filter(({ host }) => host === 'cdn')).toEqual([]);
    expect(hub.asked[0]?.authorization).toBeUndefined();
  });

  test.each([
    [401, {}, 'HUB_REFUSED', /does not show hf:o\/no\/m\.gguf: it does not exist, or is private.*\/o\/no;.*HF_TOKEN/],
    [
      401,
      { 'x-error-code': 'GatedRepo' },
      'HUB_REFUSED',
      /only to those with access\. Open .*\/o\/no, accept its terms/,
    ],
    [403, {}, 'HUB_REFUSED', /only to those with access\. Open .*\/o\/no, accept its terms/],
    [404, {}, 'HUB_REFUSED', /has no hf:o\/no\/m\.gguf\. .*\/o\/no lists what there is/],
    [429, { 'retry-after': '0' }, 'HUB_UNAVAILABLE', /asked too often, and gives no more of hf:o\/no\/m\.gguf/],
    [500, {}, 'HUB_UNAVAILABLE', /failed to give hf:o\/no\/m\.gguf: it answered with status 500/],
  ])('says what %s %o means', async (status, headers, code, message) => {
    hub.add('o/no/m.gguf', BYTES, { status, headers });
    await expect(look('hf:o/no/m.gguf', folder)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('says that there is no such model, or no such type of it', async () => {
    await expect(look('hf:o/Big-GGUF:Q2_K', folder)).rejects.toMatchObject({
      code: 'HUB_REFUSED',
      message: `The hub has no hf:o/Big-GGUF:Q2_K. ${hub.endpoint}/o/Big-GGUF lists what there is.`,
    });
  });

  test.each([0, 2 ** 45])('does not believe a size of %d bytes', async (saidBytes) => {
    hub.add('o/no/m.gguf', BYTES, { saidBytes });
    await expect(look('hf:o/no/m.gguf', folder)).rejects.toMatchObject({
      code: 'HUB_UNAVAILABLE',
      message: expect.stringContaining('does not say how large hf:o/no/m.gguf is') as string,
    });
  });

  test('says that the hub is not reached', async () => {
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    await expect(look('hf:o/m/m.gguf', folder)).rejects.toMatchObject({
      code: 'HUB_UNAVAILABLE',
      message: expect.stringContaining('127.0.0.1:9 cannot be reached') as string,
    });
  });

  test('does not follow the hub to where nothing is encrypted', async () => {
    vi.stubEnv('HF_ENDPOINT', hub.endpoint.replace('http:', 'https:'));
    // an address on the same host, though not encrypted
    await expect(look(`${hub.endpoint}/o/Big-GGUF/resolve/main/Big-Q8_0.gguf`, folder)).rejects.toMatchObject({
      code: 'HUB_REFUSED',
    });
    expect(hub.asked).toEqual([]);
  });
});

describe('a header', () => {
  test('is read by ranges into a file that is otherwise a hole', async () => {
    const model = readFileSync(join(import.meta.dirname, '../../../resources/sample/winnow-sample-Q8_0.gguf'));
    hub.add('o/m/m.gguf', model);
    const [file] = await look('hf:o/m/m.gguf', folder);
    const path = join(folder, 'head.gguf');
    await readHead(file!, 'hf:o/m/m.gguf', path);
    const ranges = hub.bodies().map(({ range }) => range);
    expect(new Set(ranges)).toEqual(new Set(['bytes=0-4194308']));
    const head = readFileSync(path);
    expect(head.byteLength).toBe(model.byteLength);
    expect(head.subarray(0, 4 * MIB).equals(model.subarray(0, 4 * MIB))).toBe(true);
    expect(head.subarray(5 * MIB).every((byte) => byte === 0)).toBe(true);
  });

  test('of what is no GGUF is written as far as it was read', async () => {
    const [file] = await look(ADDRESS, folder);
    await readHead(file!, ADDRESS, join(folder, 'head.gguf'));
    expect(readFileSync(join(folder, 'head.gguf')).subarray(0, 8)).toEqual(BYTES.subarray(0, 8));
  });

  test('is not read where the hub gives whole files only', async () => {
    const [file] = await look(ADDRESS, folder);
    hub.withoutRanges = true;
    await expect(readHead(file!, ADDRESS, join(folder, 'head.gguf'))).rejects.toMatchObject({
      code: 'HUB_UNAVAILABLE',
      message: expect.stringContaining(`gives ${ADDRESS} only as a whole`) as string,
    });
  });
});

describe('getting', () => {
  const whole = (name: string): boolean => readFileSync(join(folder, name)).equals(BYTES);

  test('goes on where connections break', async () => {
    const files = await look(ADDRESS, folder);
    hub.breakAfter = (_, nth) => (nth < 4 ? 100_000 : null);
    const progress: number[] = [];
    await get(files, (done) => progress.push(done));
    expect(whole('hf_o_Big.Q8_0.gguf')).toBe(true);
    expect(progress.at(-1)).toBe(BYTES.byteLength);
    expect(await find(ADDRESS, folder)).toBe(join(folder, 'hf_o_Big.Q8_0.gguf'));
  });

  test('leaves no note of its progress behind the last byte, however late one is written', async () => {
    const files = await look(ADDRESS, folder);
    await using handle = await open(folder);
    const handles = Object.getPrototypeOf(handle) as FileHandle;
    // oxlint-disable-next-line typescript/unbound-method -- called with a handle
    const truncate = handles.truncate;
    const cutOff: (number | null | undefined)[] = [];
    const spy = vi.spyOn(handles, 'truncate').mockImplementation(async function (this: FileHandle, length) {
      await truncate.call(this, length);
      await this.write('{"part":0}', length);
      cutOff.push(length);
    });
    try {
      await get(files);
    } finally {
      spy.mockRestore();
    }
    expect(cutOff).toEqual([BYTES.byteLength]);
    expect(whole('hf_o_Big.Q8_0.gguf')).toBe(true);
  });

  test('ends where the file has changed since it was looked at', async () => {
    const files = await look(ADDRESS, folder);
    hub.add('o/Big-GGUF/Big-Q8_0.gguf', BYTES.subarray(0, 9 * MIB));
    await expect(get(files)).rejects.toMatchObject({
      code: 'HUB_UNAVAILABLE',
      message: `${ADDRESS} was changed on the hub during the download. Try again to get the new file.`,
    });
  });

  test('ends where the file changes under it', async () => {
    const files = await look(ADDRESS, folder);
    hub.breakAfter = (_, nth) => {
      if (nth === 2) hub.add('o/Big-GGUF/Big-Q8_0.gguf', BYTES.subarray(0, 15 * MIB));
      return nth < 3 ? 100_000 : null;
    };
    await expect(get(files)).rejects.toMatchObject({
      message: expect.stringContaining('was changed on the hub') as string,
    });
  });

  test('waits for a hub that is busy', async () => {
    const files = await look(ADDRESS, folder);
    hub.cdnStatus = (_, nth) => (nth < 3 ? 429 : null);
    await get(files);
    expect(whole('hf_o_Big.Q8_0.gguf')).toBe(true);
  });

  test('gets all parts', async () => {
    [1, 2].forEach((n) => hub.add(`o/m/m-0000${n}-of-00002.gguf`, BYTES.subarray(0, n * MIB)));
    const files = await look('hf:o/m/m-00001-of-00002.gguf', folder);
    await get(files);
    expect(files.map(({ name }) => statSync(join(folder, name)).size)).toEqual([MIB, 2 * MIB]);
    expect(await find('hf:o/m/m-00001-of-00002.gguf', folder)).toBe(join(folder, files[0]?.name ?? ''));
    rmSync(join(folder, files[1]?.name ?? ''));
    expect(await find('hf:o/m/m-00001-of-00002.gguf', folder)).toBeNull();
  });
});
