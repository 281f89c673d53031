// Clients of `winnow serve-model` without its key, and requests that lie.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { z } from 'zod';
import { SAMPLE } from '../../../integration/support.ts';
import type { Attack } from '../ground.ts';
import { whileListening } from '../listening.ts';

/** The server's process with the sample, and the command's own. */
const MEMORY_BYTES = 900 * 2 ** 20;

const announcedSchema = z.object({ address: z.url(), key: z.string() });

async function statusOf(address: string, path: string, body: string, key: string | null): Promise<number> {
  const headers = { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) };
  const response = await fetch(`${address}/${path}`, { method: 'POST', headers, body });
  await response.text();
  return response.status;
}

async function sendRaw(port: number, bytes: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket.resume(), 'close');
}

export const ENDPOINT: readonly Attack[] = [
  {
    name: 'clients of a served model without its key, and requests that are none',
    promise: 'they are refused, and whoever has the key is answered by the same process',
    async run({ home }) {
      const args = ['serve-model', SAMPLE, '--port', '0', '--gpu', 'off', '--ctx', '256'];
      const command = { home, args, schema: announcedSchema, memoryBytes: MEMORY_BYTES };
      await whileListening(command, async ({ announced: { address, key }, children }) => {
        const before = children();
        const asked = JSON.stringify({ prompt: 'def', max_tokens: 2, temperature: 0 });
        for (const wrong of [null, '', `${key}x`, key.slice(1)]) {
          assert.equal(await statusOf(address, 'completions', asked, wrong), 401);
        }
        for (const body of ['', '{', '[]', '{"prompt": {}}', `{"prompt": "${'a '.repeat(2 ** 20)}"}`]) {
          assert.ok((await statusOf(address, 'completions', body, key)) >= 400, body.slice(0, 20));
        }
        await sendRaw(Number(new URL(address).port), `POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n{`);
        await sendRaw(Number(new URL(address).port), '\0'.repeat(2 ** 16));
        assert.equal(await statusOf(address, 'completions', asked, key), 200);
        assert.deepEqual(children(), before);
      });
    },
  },
];
