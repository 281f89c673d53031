// Sources that change while they are read: mapped pages that are gone, bytes that are others'.
import assert from 'node:assert/strict';
import { closeSync, copyFileSync, existsSync, ftruncateSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { WinnowError } from '../../../../electron/contract/errors.ts';
import { App } from '../../kills/app.ts';
import { CPU } from '../../../integration/support.ts';
import type { Attack } from '../attack.ts';
import { expectRefused } from '../expect.ts';
import type { Ground } from '../ground.ts';
import { withMask } from './with-mask.ts';

/** A model of one's own, that may be spoiled. */
function ownModel({ folder, model }: Ground): string {
  const own = join(folder, 'own.gguf');
  copyFileSync(model, own);
  return own;
}

/** Takes the second half away. */
function cutShort(path: string): void {
  const file = openSync(path, 'r+');
  ftruncateSync(file, 12_000_000);
  closeSync(file);
}

/** Other bytes in the middle, the size as it was. */
function writeOver(path: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(1 << 20, 0x5a), 0, undefined, 8_000_000);
  closeSync(file);
}

/**
 * Calls `act` once, when an unfinished file is there.
 * @returns ends the watch and says whether it was called
 */
function whenWritten(folder: string, act: () => void): () => boolean {
  let done = false;
  const timer = setInterval(() => {
    if (done || !readdirSync(folder).some((entry) => entry.endsWith('.part'))) return;
    done = true;
    act();
  }, 1);
  return () => {
    clearInterval(timer);
    return done;
  };
}

export const CHANGED_FILES: readonly Attack[] = [
  {
    name: 'a model changed while it is written anew',
    promise: 'no file gets its name from bytes of two models; the error names the source',
    async run(ground) {
      const { mask } = await withMask(ground);
      const output = join(ground.folder, 'out.gguf');
      for (const change of [cutShort, writeOver]) {
        for (const command of [
          ['quantize', '--type', 'Q4_K_M', '--allow-requantize'],
          ['prune', '--choice', mask, '--type', 'Q4_K_M', '--allow-requantize'],
        ]) {
          const own = ownModel(ground);
          const [name = '', ...options] = command;
          const disturbed = whenWritten(ground.folder, () => change(own));
          const ended = await ground.winnow([name, own, ...options, '-o', output, '--json']);
          assert.ok(disturbed(), `${name} ended before it was disturbed`);
          expectRefused(ended, ['MODEL_CHANGED', 'FILE_UNREADABLE', 'GGUF_CORRUPT', 'VERIFY_FAILED'], own);
          assert.ok(!existsSync(output));
          assert.deepEqual(
            readdirSync(ground.folder).filter((entry) => /out|part$/.test(entry)),
            [],
          );
        }
      }
    },
  },
  {
    name: 'a model cut short while one talks to it',
    promise: 'its process dies alone and the error names the model; the place takes a sound model within seconds',
    quick: true,
    async run(ground) {
      const own = ownModel(ground);
      const app = new App(ground.home);
      try {
        const { client } = app;
        await client.call('settings.set', { placement: CPU });
        const open = { slot: 'left', modelId: await app.addModel(own), ctx: 512 } as const;
        await client.call('chat.open', open);
        cutShort(own);
        const answer = client.call('chat.send', {
          slot: 'left',
          text: 'def main():',
          maxTokens: 64,
          temperature: 0,
          seed: 1,
        });
        await assert.rejects(
          answer,
          (error: WinnowError) => error.code === 'BACKEND_CRASHED' && error.message.includes('own'),
        );
        copyFileSync(ground.model, own);
        await client.call('chat.open', open);
        const again = await client.call('chat.send', {
          slot: 'left',
          text: 'x',
          maxTokens: 4,
          temperature: 0,
          seed: 1,
        });
        assert.ok(again.tokens > 0);
      } finally {
        await app.close();
      }
    },
  },
];
