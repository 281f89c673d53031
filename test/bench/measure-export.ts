// Measures how fast a pruned file is written, compared with a plain copy of the same bytes, both synced to the disk.
import { execFile } from 'node:child_process';
import { copyFile, open, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import type { EngineContext } from '../../electron/engine/store/engine-context.ts';
import { planPrune } from '../../electron/engine/write/pruning/plan.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';

type ExportSpeed = {
  /** Bytes per second of each run, for writing and syncing. */
  readonly written: readonly number[];
  readonly copied: readonly number[];
  readonly bytes: number;
};

type ExportBench = {
  /** Path that is overwritten, and deleted at the end together with the copy beside it. */
  readonly output: string;
  readonly runs: number;
};

/** Measures an export of every second expert of each layer. @throws WinnowError from inspecting, planning and writing */
export async function measureExport(
  path: string,
  context: EngineContext,
  { output, runs }: ExportBench,
): Promise<ExportSpeed> {
  using backend = new Backend('off', context.host);
  const model = await inspectModel(path, backend, context);
  const { info } = model;
  const kept = info.moeLayers.map((_, layer) =>
    Array.from({ length: Math.floor(info.nExpert / 2) }, (_, i) => 2 * i + (layer % 2)),
  );
  const plan = planPrune(model, { kept, output, allowFewerUsed: true });
  const copy = `${output}.copy`;
  const written: number[] = [];
  const copied: number[] = [];
  let bytes = 0;
  try {
    for (let run = 0; run < runs; run++) {
      await rm(output, { force: true });
      const started = performance.now();
      let writtenSeconds = NaN;
      const file = await writeGguf(plan.file, {
        backend,
        onPhase: (phase) => {
          if (phase === 'verifying') writtenSeconds = since(started);
        },
      });
      bytes = file.bytes;
      written.push(bytes / writtenSeconds);

      await rm(copy, { force: true });
      const copying = performance.now();
      await plainCopy(output, copy);
      const target = await open(copy, 'r+');
      await target.sync();
      await target.close();
      copied.push(bytes / since(copying));
    }
  } finally {
    await rm(copy, { force: true });
    await rm(output, { force: true });
  }
  return { written, copied, bytes };
}

function since(started: number): number {
  return (performance.now() - started) / 1000;
}

/** Copies with `cp`, without sharing blocks even if the file system could. */
async function plainCopy(from: string, to: string): Promise<void> {
  if (process.platform === 'linux') await promisify(execFile)('cp', ['--reflink=never', from, to]);
  else await copyFile(from, to);
}
