// Uploads against the disk's space, which no test can fill.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, expect, test, vi } from 'vitest';
import { Files } from '../../../electron/server/files.ts';

vi.mock(import('node:fs/promises'), async (original) => {
  const real = await original();
  return { ...real, statfs: vi.fn(real.statfs) as unknown as typeof real.statfs };
});

const home = mkdtempSync(join(tmpdir(), 'winnow-files-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function request(text: string, announced = text.length): IncomingMessage {
  const headers = { 'content-length': String(announced) };
  return Object.assign(Readable.from([Buffer.from(text)]), { headers }) as unknown as IncomingMessage;
}

const newFiles = (): Files => new Files({ home, toEngine: () => undefined });
const uploads = (): string[] => readdirSync(join(home, 'uploads', String(process.pid)));

test('an upload that would take the last space is refused before it is read', async () => {
  vi.mocked(statfs).mockResolvedValueOnce({ bavail: 2 ** 20, bsize: 256 } as never);
  const body = request('abc');
  await expect(newFiles().upload('a.txt', body)).rejects.toMatchObject({ code: 'NO_SPACE' });
  expect(body.readableDidRead).toBe(false);
  expect(uploads()).toEqual([]);
});

test('room that is promised to one upload is not promised to another', async () => {
  const files = newFiles();
  // room for 150 bytes beside what is kept free, whoever asks
  const free = { bavail: 2 ** 28 + 150, bsize: 1 } as never;
  vi.mocked(statfs).mockResolvedValueOnce(free).mockResolvedValueOnce(free).mockResolvedValueOnce(free);
  const body = new PassThrough();
  const slow = Object.assign(body, { headers: { 'content-length': '100' } }) as unknown as IncomingMessage;
  const first = files.upload('slow.txt', slow);
  // it is read: from here on it holds its room
  await vi.waitUntil(() => body.readableFlowing);
  await expect(files.upload('other.txt', request('x'.repeat(100)))).rejects.toMatchObject({ code: 'NO_SPACE' });
  body.end('x'.repeat(100));
  await first;
  // what has come is no longer awaited: the disk itself says how much is left
  await files.upload('other.txt', request('x'.repeat(100)));
  await files.close();
});

test('all uploads together have a bound, and what failed does not count', async () => {
  const files = newFiles();
  const half = 2 ** 29;
  for (let i = 0; i < 40; i++) {
    vi.mocked(statfs).mockResolvedValueOnce({ bavail: 0, bsize: 1 } as never);
    await expect(files.upload('a.txt', request('x', half))).rejects.toMatchObject({ code: 'NO_SPACE' });
  }
  for (let i = 0; i < 16; i++) {
    vi.mocked(statfs).mockResolvedValueOnce({ bavail: half, bsize: 4096 } as never);
    await files.upload('a.txt', request('x', half));
  }
  await expect(files.upload('b.txt', request('x'))).rejects.toMatchObject({ code: 'USAGE' });
  await files.close();
});
