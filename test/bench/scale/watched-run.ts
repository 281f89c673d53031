// One scoring run of the engine, under a memory limit or without: what was estimated of it, and what its worker took.
import { readFileSync } from 'node:fs';
import { forkingHost } from '../../../electron/engine/base/backend/worker-host.ts';
import { dropFromPageCache } from './page-cache.ts';
import { MemoryCgroup } from './memory-cgroup.ts';
import { Engine } from '../../engine.ts';
import { scoresDocument } from '../../../electron/engine/experts/scoring/scores-document.ts';
import type { ScoringEstimate } from '../../../electron/contract/api/runs.ts';
import type { Placement, ScoreRequest } from '../../../electron/contract/requests.ts';
import type { ScoresFile } from '../../../electron/contract/scores-file.ts';
import type { ScaleBench } from './part.ts';

const POLL_MS = 20;

export type WatchedRun = {
  readonly estimate: ScoringEstimate;
  readonly scores: ScoresFile;
  readonly tokens: number;
  /** The scoring pass, loading aside. */
  readonly seconds: number;
  /** From when it was estimated: loading and scoring. */
  readonly wholeSeconds: number;
  /** What the worker read from disks, loading included. */
  readonly readBytes: number;
  /** Its memory that no file stands behind, at its highest. */
  readonly anonymousBytes: number;
};

export type RunOptions = {
  readonly model: string;
  readonly placement?: Partial<Placement>;
  /** Physical memory for the worker; null: all there is. */
  readonly limitBytes?: number | null;
};

/** The model's file is not in memory when it begins. */
export async function watchedRun(bench: ScaleBench, options: RunOptions): Promise<WatchedRun> {
  const { model, placement = {}, limitBytes = null } = options;
  await dropFromPageCache([model]);
  const group = limitBytes === null ? null : MemoryCgroup.make(limitBytes);
  const workers = new Map<number, { readBytes: number; anonymousBytes: number }>();
  const host = forkingHost((pid) => {
    group?.add(pid);
    workers.set(pid, { readBytes: 0, anonymousBytes: 0 });
  });
  const poll = setInterval(() => {
    for (const [pid, seen] of workers) look(pid, seen);
  }, POLL_MS);
  const engine = new Engine({ home: bench.home, host });
  try {
    const request: ScoreRequest = {
      model,
      demos: { kind: 'files', files: [bench.demoFile] },
      limit: bench.demos,
      maxTokens: bench.demoTokens,
      nUbatch: 'auto',
      placement: {
        gpu: 'off',
        gpuLayers: 0,
        cpuExpertLayers: 0,
        rpc: [],
        threads: bench.threads,
        ...(limitBytes !== null && { memoryLimit: limitBytes }),
        ...placement,
      },
      fresh: true,
    };
    let started = NaN;
    const outcome = await engine.score(request, {
      onWarning: (text) => process.stderr.write(`  ${text}\n`),
      onEstimate: () => (started = performance.now()),
    });
    const wholeSeconds = (performance.now() - started) / 1000;
    return {
      estimate: outcome.estimate,
      scores: scoresDocument(outcome, false),
      tokens: outcome.tokens,
      seconds: outcome.run.seconds,
      wholeSeconds,
      readBytes: [...workers.values()].reduce((sum, { readBytes }) => sum + readBytes, 0),
      anonymousBytes: Math.max(...[...workers.values()].map(({ anonymousBytes }) => anonymousBytes)),
    };
  } finally {
    clearInterval(poll);
    await engine.close();
    await group?.remove();
  }
}

function look(pid: number, seen: { readBytes: number; anonymousBytes: number }): void {
  try {
    const read = /^read_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'));
    const anonymous = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    seen.readBytes = Math.max(seen.readBytes, Number(read?.[1] ?? 0));
    seen.anonymousBytes = Math.max(seen.anonymousBytes, 1024 * Number(anonymous?.[1] ?? 0));
  } catch {
    // it has ended
  }
}

/** The largest relative difference of two runs' scores, over all criteria, layers and experts. */
export function scoresDifference(a: ScoresFile, b: ScoresFile): number {
  let largest = 0;
  for (const [name, layers] of Object.entries(a.criteria)) {
    const others = b.criteria[name as keyof ScoresFile['criteria']];
    layers.forEach((layer, l) =>
      layer.forEach((value, expert) => {
        const other = others[l]?.[expert] ?? NaN;
        largest = Math.max(
          largest,
          Math.abs(value - other) / Math.max(Math.abs(value), Math.abs(other), Number.MIN_VALUE),
        );
      }),
    );
  }
  return largest;
}

/** Layers in which both would keep the same half of the experts, by EASY-EP. */
export function sameKept(a: ScoresFile, b: ScoresFile): number {
  const kept = (scores: ScoresFile, layer: number): string => {
    const row = scores.criteria['easy-ep'][layer] ?? [];
    const order = row.map((_, expert) => expert).sort((x, y) => (row[y] ?? 0) - (row[x] ?? 0) || x - y);
    return order
      .slice(0, row.length / 2)
      .sort((x, y) => x - y)
      .join();
  };
  return a.criteria['easy-ep'].filter((_, layer) => kept(a, layer) === kept(b, layer)).length;
}
