// Scoring with a part of the memory that the model takes, against the same with enough, and against unpatched llama.cpp.
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { referencePrograms } from '../../setup/reference-programs.ts';
import { dropFromPageCache } from './page-cache.ts';
import { MemoryCgroup } from './memory-cgroup.ts';
import { displayBytes } from '../../../electron/contract/display-bytes.ts';
import { table } from '../measured-documents.ts';
import type { MeasuredRun, ScaleBench, ScalePart } from './part.ts';
import { sameKept, scoresDifference, watchedRun, type WatchedRun } from './watched-run.ts';

const LIMITS = [0.65, 0.25];
const STOCK_UBATCHES = [512, 1024, 2048];
/** The limit under which llama.cpp runs, too: with less it takes minutes. */
const STOCK_LIMIT = 0.65;

export async function benchLimitedMemory(bench: ScaleBench): Promise<ScalePart> {
  const rows: string[][] = [];
  const runs: MeasuredRun[] = [];
  for (const [name, model] of [
    ['3 layers', bench.models.three],
    ['12 layers', bench.models.twelve],
  ] as const) {
    const bytes = statSync(model).size;
    const unlimited = await watchedRun(bench, { model });
    const speedOf = ({ tokens, seconds }: { tokens: number; seconds: number }): number => tokens / seconds;
    const add = (what: string, run: WatchedRun): void => {
      const { estimate } = run;
      rows.push([
        `${name}, ${what}`,
        `${estimate.ubatches} of ${estimate.nUbatch}, slices of ${estimate.nSlice}, ${estimate.kvType}`,
        rate(speedOf(run)),
        ratio(speedOf(run) / speedOf(unlimited)),
        displayBytes(run.readBytes),
        ratio(run.readBytes / bytes),
        displayBytes(run.anonymousBytes),
        run === unlimited
          ? ''
          : `${scoresDifference(run.scores, unlimited.scores).toExponential(1)}, ${sameKept(run.scores, unlimited.scores)} of ${run.scores.model.moe_layers.length}`,
      ]);
      runs.push({
        name: `${name}, ${what}`,
        estimate,
        seconds: run.wholeSeconds,
        readBytes: run.readBytes,
        heldBytes: run.anonymousBytes,
      });
      process.stderr.write(`${rows.at(-1)?.join(' | ')}\n`);
    };
    add('all memory', unlimited);
    for (const limit of LIMITS) {
      add(`${percent(limit)} of its size`, await watchedRun(bench, { model, limitBytes: Math.floor(limit * bytes) }));
    }
    for (const nUbatch of STOCK_UBATCHES) {
      const stock = await stockPrefill(bench, model, nUbatch, Math.floor(STOCK_LIMIT * bytes));
      rows.push([
        `${name}, llama.cpp, ${percent(STOCK_LIMIT)}`,
        String(nUbatch),
        rate(speedOf(stock)),
        ratio(speedOf(stock) / speedOf(unlimited)),
        displayBytes(stock.readBytes),
        ratio(stock.readBytes / bytes),
        '',
        '',
      ]);
      process.stderr.write(`${rows.at(-1)?.join(' | ')}\n`);
    }
  }
  const body = `${bench.demos} demos of ${bench.demoTokens} tokens, scored with all criteria and two threads. A control group limits the worker's physical memory, without swap; the
file is not in memory at first. The engine chooses ubatch, slice and the cache's type. llama.cpp, unpatched, runs a plain prefill of as many tokens in the
same sequences, with the logits of every row, under the same limit. Memory is what no file stands behind, at its highest. "Same" is the largest relative
difference of any score from the run with all memory, and the layers that keep the same half of their experts.

${table(['run', 'ubatches', 'tokens/s', 'of all memory', 'read', 'of the file', 'memory', 'same'], rows)}`;
  return { name: 'scale-memory', title: 'Less memory than the model', body, runs };
}

type StockRun = { readonly tokens: number; readonly seconds: number; readonly readBytes: number };

/** The shell waits until it is in the group: what llama.cpp takes from its start counts. */
async function stockPrefill(bench: ScaleBench, model: string, nUbatch: number, limitBytes: number): Promise<StockRun> {
  await dropFromPageCache([model]);
  const group = MemoryCgroup.make(limitBytes);
  try {
    const args = [model, nUbatch, bench.demos, bench.demoTokens, bench.threads].map(String);
    const command = ['-c', 'read go; exec "$0" "$@"', join(referencePrograms(), 'stock-prefill'), ...args];
    const child = spawn('/bin/sh', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    group.add(child.pid ?? 0);
    child.stdin.end('go\n');
    const code = await new Promise<number | null>((done) => child.once('close', done));
    if (code !== 0) throw new Error(`stock-prefill ended with ${code}`);
    const result = JSON.parse(stdout) as { n_tokens: number; seconds: number; read_bytes: number };
    return { tokens: result.n_tokens, seconds: result.seconds, readBytes: result.read_bytes };
  } finally {
    await group.remove();
  }
}

const rate = (tokensPerSecond: number): string => tokensPerSecond.toFixed(0);
const ratio = (x: number): string => `${x.toFixed(2)} ×`;
const percent = (share: number): string => `${Math.round(100 * share)} %`;
