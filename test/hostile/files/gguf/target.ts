// GGUF files: what Winnow says of them, against what unpatched llama.cpp does with them.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Backend } from '../../../../electron/engine/base/backend/backend.ts';
import { forkingHost } from '../../../../electron/engine/base/backend/worker-host.ts';
import { WinnowError } from '../../../../electron/contract/errors.ts';
import { inEnglish } from '../../../../electron/contract/sentences.ts';
import { requireLoadable } from '../../../../electron/engine/models/check-load.ts';
import { openModel } from '../../../../electron/engine/models/inspect.ts';
import { partPaths } from '../../../../electron/engine/models/model-files.ts';
import type { Random } from '../../random.ts';
import type { OpenTarget, Verdict } from '../../target.ts';
import { judge } from './disagreement.ts';
import { makeMutant } from './mutants.ts';
import { startStockCheck } from './stock-check.ts';

function diedOf(error: unknown): boolean {
  if (!(error instanceof WinnowError)) return false;
  return error.code === 'BACKEND_CRASHED' || diedOf(error.cause);
}

class GgufTarget implements OpenTarget {
  readonly #folder: string;
  readonly #stock = startStockCheck();
  #workerPid = 0;
  #worker: Backend | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  pids(): number[] {
    return this.#worker ? [this.#workerPid] : [];
  }

  async tryInput(random: Random): Promise<Verdict> {
    const { kind, how, files, open } = makeMutant(random);
    for (const name of readdirSync(this.#folder)) rmSync(join(this.#folder, name));
    for (const [name, bytes] of files) writeFileSync(join(this.#folder, name), bytes);
    const path = join(this.#folder, open);

    const opinion = await this.#inspect(path);
    const stock = await this.#stock.check(partPaths(path)[0] ?? path);
    const { finding, isOnPurpose } = judge(opinion, stock);
    return {
      kind: `gguf, ${kind}`,
      end: isOnPurpose ? `${opinion.end}, on purpose` : opinion.end,
      finding: finding === null ? null : `${finding} [${how}]`,
    };
  }

  /** @throws whatever is no WinnowError */
  async #inspect(path: string): Promise<{ end: string; said: string }> {
    const worker = (this.#worker ??= new Backend(
      'off',
      forkingHost((pid) => (this.#workerPid = pid)),
    ));
    try {
      const model = await openModel(path, worker);
      const { prunable } = model.info;
      if (!prunable.ok) return { end: 'not prunable', said: inEnglish(prunable.reason) };
      await requireLoadable(model.info, worker);
      return { end: 'read', said: '' };
    } catch (error) {
      if (diedOf(error)) {
        await worker.close();
        this.#worker = null;
      }
      if (!(error instanceof WinnowError)) throw error;
      return { end: error.code, said: error.message };
    }
  }

  async close(): Promise<null> {
    await this.#worker?.close();
    await this.#stock.close();
    return null;
  }
}

export const openGguf = (folder: string): OpenTarget => new GgufTarget(folder);
