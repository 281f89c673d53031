// Clients of `winnow worker` that know llama.cpp's protocol, and mean no good.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { vi } from 'vitest';
import { z } from 'zod';
import type { Attack, Ground } from '../ground.ts';
import { whileListening, type Listening } from '../listening.ts';
import { computes, FATAL, FENCED } from '../rpc-attacks.ts';
import { RpcClient } from '../rpc-client.ts';

const LENT_BYTES = 64 * 2 ** 20;
/** Winnow's two processes take 180 MB without any client. */
const MEMORY_BYTES = 400 * 2 ** 20;
const RESTARTED_MS = 10_000;
/** More than what llama.cpp keeps on the disk at least. */
const KEPT_BYTES = 12 * 2 ** 20;

const announcedSchema = z.object({ port: z.int() });
type Worker = Listening<z.infer<typeof announcedSchema>>;

function whileLending(
  { home }: Ground,
  work: (worker: Worker) => Promise<void>,
  more: readonly string[] = [],
): Promise<void> {
  const options = ['--port', '0', '--gpu', 'off', '--threads', '1', '--memory', `${LENT_BYTES}`, ...more];
  const command = { home, args: ['worker', ...options], schema: announcedSchema, memoryBytes: MEMORY_BYTES };
  return whileListening(command, work);
}

const isServedAgain = ({ announced: { port } }: Worker): Promise<void> =>
  vi.waitFor(() => computes(port), { timeout: RESTARTED_MS, interval: 100 });

export const LENDING: readonly Attack[] = [
  {
    name: 'tensors, graphs and messages that lie',
    promise: 'each ends its own connection, in the same serving process and within the memory that is lent',
    quick: true,
    async run(ground) {
      await whileLending(ground, async (worker) => {
        const before = worker.children();
        for (const [name, run] of Object.entries(FENCED)) {
          await run(worker.announced.port, LENT_BYTES);
          assert.deepEqual(worker.children(), before, `${name}: the serving process ended: ${worker.said()}`);
        }
        await computes(worker.announced.port);
      });
    },
  },
  {
    name: 'shapes that ggml ends a process on',
    promise: 'at most the serving process ends, the command says so, and another one serves',
    quick: true,
    async run(ground) {
      await whileLending(ground, async (worker) => {
        for (const run of Object.values(FATAL)) {
          await run(worker.announced.port, LENT_BYTES);
          await isServedAgain(worker);
          assert.match(worker.said(), /the serving process ended and is restarted; whoever used it must start again/);
        }
      });
    },
  },
  {
    name: 'a client that ends the serving process again and again',
    promise: 'the command gives up within a minute and leaves no process behind',
    async run(ground) {
      await whileLending(ground, async (worker) => {
        const until = performance.now() + 60_000;
        while (worker.isThere()) {
          assert.ok(performance.now() < until, 'it goes on');
          for (const run of Object.values(FATAL)) await run(worker.announced.port, LENT_BYTES).catch(() => undefined);
          await pause(100);
        }
        assert.deepEqual(worker.children(), []);
      });
    },
  },
  {
    name: 'connections to lent memory that say nothing',
    promise: 'sixty-four have room; when they leave, others have it',
    async run(ground) {
      await whileLending(ground, async (worker) => {
        const { port } = worker.announced;
        const idle = Array.from({ length: 500 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
        await pause(500);
        for (const socket of idle) socket.destroy();
        await isServedAgain(worker);
      });
    },
  },
  {
    name: 'received tensors that were cut and changed on the disk',
    promise: 'what is not what it was is sent again',
    quick: true,
    async run(ground) {
      const work = async ({ announced: { port } }: Worker): Promise<void> => {
        const client = await RpcClient.open(port);
        const { buffer, base } = (await client.alloc(BigInt(KEPT_BYTES)))!;
        const tensor = { id: 1n, buffer, data: base, ne: [KEPT_BYTES / 4, 1, 1, 1] };
        client.set(tensor, randomBytes(KEPT_BYTES));
        // behind it
        await client.freeMemory();
        const folder = join(ground.home, 'received-tensors');
        const [name] = readdirSync(folder);
        const [file, hash] = [join(folder, name!), BigInt(`0x${name!}`)];
        assert.equal(await client.setByHash(tensor, hash), true, 'it is not kept');
        const whole = readFileSync(file);
        const changed = Buffer.from(whole);
        changed[KEPT_BYTES / 2]! ^= 1;
        for (const wrong of [whole.subarray(0, -1), changed, Buffer.alloc(0)]) {
          writeFileSync(file, wrong);
          assert.equal(await client.setByHash(tensor, hash), false, `${wrong.length} bytes that are not those`);
        }
        client.close();
      };
      await whileLending(ground, work, ['--cache']);
    },
  },
  {
    name: 'lent memory by the machine’s other addresses',
    promise: 'nobody reaches it but by 127.0.0.1',
    quick: true,
    async run(ground) {
      await whileLending(ground, async (worker) => {
        const { port } = worker.announced;
        const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
        const others = addresses.map(({ address }) => address).filter((address) => address !== '127.0.0.1');
        for (const address of ['::1', '127.0.0.2', ...others])
          await assert.rejects(once(connect(port, address), 'connect'), `it listens on ${address}`);
        (await RpcClient.open(port)).close();
      });
    },
  },
];
