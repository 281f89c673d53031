// GGUF files: what Winnow says of them, against what unpatched llama.cpp does with them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Backend } from '../../../../electron/engine/base/backend/backend.ts';
import { forkingHost } from '../../../../electron/engine/base/backend/worker-host.ts';
import { WinnowError } from '../../../../electron/contract/errors.ts';
import { inEnglish } from '../../../../electron/contract/sentences.ts';
import { requireLoadable } from '../../../../electron/engine/models/check-load.ts';
import { openModel } from '../../../../electron/engine/models/inspect.ts';
import { partPaths } from '../../../../electron/engine/models/model-files.ts';
import type { OpenTarget } from '../../target.ts';
import { makeMutant } from './mutants.ts';
import { judge, StockCheck, type Opinion } from './stock-check.ts';

function diedOf(error: unknown): boolean {
  return error instanceof WinnowError && (error.code === 'BACKEND_CRASHED' || diedOf(error.cause));
}

/** @throws whatever is no WinnowError */
async function opinionOf(path: string, worker: Backend, onDeath: () => void): Promise<Opinion> {
  try {
    const { info } = await openModel(path, worker);
    if (!info.prunable.ok) return { end: 'not prunable', said: inEnglish(info.prunable.reason) };
    await requireLoadable(info, worker);
    return { end: 'read', said: '' };
  } catch (error) {
    if (diedOf(error)) onDeath();
    if (!(error instanceof WinnowError)) throw error;
    return { end: error.code, said: error.message };
  }
}

export function openGguf(folder: string): OpenTarget {
  const stock = new StockCheck();
  let workerPid = 0;
  const host = forkingHost((pid) => (workerPid = pid));
  let worker = new Backend('off', host);
  return {
    pids: () => (workerPid === 0 ? [] : [workerPid]),
    tryInput: async (random) => {
      const { kind, how, files, open } = makeMutant(random);
      for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
      const path = join(folder, open);
      const opinion = await opinionOf(path, worker, () => {
        void worker.close();
        worker = new Backend('off', host);
      });
      const { finding, isOnPurpose } = judge(opinion, await stock.check(partPaths(path)[0] ?? path));
      return {
        kind: `gguf, ${kind}`,
        end: isOnPurpose ? `${opinion.end}, on purpose` : opinion.end,
        finding: finding === null ? null : `${finding} [${how}]`,
      };
    },
    close: async () => {
      await worker.close();
      await stock.close();
      return null;
    },
  };
}
