// Sources that change while they are read: mapped pages that are gone, bytes that are others'.
import assert from 'node:assert/strict';
import { closeSync, copyFileSync, existsSync, openSync, readdirSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { WinnowError } from '../../../../electron/contract/errors.ts';
import { App } from '../../kills/app.ts';
import { CPU } from '../../../integration/support.ts';
import { choose, expectRefused } from '../commands.ts';
import type { Attack, Ground } from '../ground.ts';
import { words } from '../../../words.ts';

/** A model of one's own, that may be spoiled. */
function ownModel({ folder, model }: Ground): string {
  const own = join(folder, 'own.gguf');
  copyFileSync(model, own);
  return own;
}

/** Takes the second half away. */
const cutShort = (path: string): void => truncateSync(path, 12_000_000);

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
      const { mask } = await choose(ground);
      const output = join(ground.folder, 'out.gguf');
      for (const change of [cutShort, writeOver]) {
        for (const [name, ...choice] of [['quantize'], ['prune', '--choice', mask]] as const) {
          const own = ownModel(ground);
          const disturbed = whenWritten(ground.folder, () => change(own));
          const ended = await ground.winnow(
            words`${name} ${own} ${choice} --type Q4_K_M --allow-requantize -o ${output} --json`,
          );
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
      await using app = new App(ground.home);
      const { client } = app;
      await client.call('settings.set', { placement: CPU });
      const open = { slot: 'left', modelId: await app.addModel(own), ctx: 512 } as const;
      const turn = { slot: 'left', text: 'def main():', maxTokens: 64, temperature: 0, seed: 1 } as const;
      await client.call('chat.open', open);
      cutShort(own);
      await assert.rejects(
        client.call('chat.send', turn),
        (error: WinnowError) => error.code === 'BACKEND_CRASHED' && error.message.includes('own'),
      );
      copyFileSync(ground.model, own);
      await client.call('chat.open', open);
      assert.ok((await client.call('chat.send', turn)).tokens > 0);
    },
  },
];
