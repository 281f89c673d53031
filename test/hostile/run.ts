// Gives inputs to several processes at once, and counts what became of them.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tried } from './child-messages.ts';
import { nameOf, type Input } from './inputs.ts';
import { runLane, type Finding } from './lane.ts';
import { NOT_TRIED, type TargetTable } from './target.ts';

export type RunOptions = {
  readonly seed: number;
  /** Ends with them, or with the seconds. */
  readonly inputs: Iterable<Input>;
  readonly seconds: number;
  /** Processes that try inputs at once; each has workers, which it waits for. */
  readonly lanes: number;
  /** Where the files of findings are kept. */
  readonly keep: string;
  /** Where inputs lie meanwhile: in memory where the system has such a folder, when they are written and removed by the thousand. */
  readonly scratch: 'memory' | 'disk';
  /** URL of the module that exports `TARGETS`. */
  readonly targets?: string;
  /** In the place of what the targets say, on a machine that has more to do. */
  readonly hangMs?: number;
  /** Told after each input that was decided. */
  readonly onTried?: (tried: Tried, inputs: number) => void;
  /** Told what the targets note. */
  readonly onNote?: (note: string) => void;
};

type KindFigures = {
  /** How many inputs ended how. */
  readonly ends: Map<string, number>;
  slowest: { input: string; milliseconds: number };
  largest: { input: string; peakBytes: number };
};

export type RunReport = {
  readonly seed: number;
  /** How many were decided: a crash or a hang is none of them. */
  readonly inputs: number;
  readonly seconds: number;
  readonly kinds: ReadonlyMap<string, KindFigures>;
  readonly findings: readonly Finding[];
};

function scratchFolder(where: RunOptions['scratch']): string {
  return mkdtempSync(join(where === 'memory' && existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'winnow-hostile-'));
}

function* untilLate(inputs: Iterable<Input>, seconds: number): Generator<Input, void> {
  const end = performance.now() + seconds * 1000;
  for (const input of inputs) {
    if (performance.now() > end) return;
    yield input;
  }
}

/** @throws Error where the harness itself does not work: a target cannot be opened */
export async function runHostile(options: RunOptions): Promise<RunReport> {
  const { seed, inputs, seconds, lanes, keep, hangMs, onTried, onNote } = options;
  const { targets = new URL('./targets.ts', import.meta.url).href } = options;
  const { TARGETS } = (await import(targets)) as { readonly TARGETS: TargetTable };
  const started = performance.now();
  const scratch = scratchFolder(options.scratch);
  const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });
  process.once('exit', removeScratch);
  const shared = untilLate(inputs, seconds);
  const kinds = new Map<string, KindFigures>();
  const findings: Finding[] = [];
  let decided = 0;
  try {
    const ran = await Promise.allSettled(
      Array.from({ length: lanes }, (_, lane) =>
        runLane({
          targets,
          limitsOf: ({ target }) => {
            const entry = TARGETS[target];
            if (!entry) throw new Error(`there is no target ${target}`);
            return hangMs === undefined ? entry.limits : { ...entry.limits, hangMs };
          },
          seed,
          inputs: shared,
          folder: join(scratch, String(lane)),
          keep,
          onVerdict: ({ note }) => note !== undefined && onNote?.(note),
          onTried: (input, tried) => {
            count(kinds, nameOf(input), tried);
            decided += 1;
            onTried?.(tried, decided);
          },
          onFinding: (finding) => findings.push(finding),
        }),
      ),
    );
    for (const lane of ran) if (lane.status === 'rejected') throw lane.reason;
  } finally {
    removeScratch();
    process.off('exit', removeScratch);
  }
  return { seed, inputs: decided, seconds: (performance.now() - started) / 1000, kinds, findings };
}

function count(kinds: Map<string, KindFigures>, input: string, { kind, end, milliseconds, peakBytes }: Tried): void {
  const figures = kinds.get(kind) ?? {
    ends: new Map<string, number>(),
    slowest: { input, milliseconds },
    largest: { input, peakBytes },
  };
  kinds.set(kind, figures);
  figures.ends.set(end, (figures.ends.get(end) ?? 0) + 1);
  if (milliseconds > figures.slowest.milliseconds) figures.slowest = { input, milliseconds };
  if (peakBytes > figures.largest.peakBytes) figures.largest = { input, peakBytes };
}

/** The report as lines for people. */
export function linesOf({ seed, inputs, seconds, kinds, findings }: RunReport): string[] {
  const of = (kind: Finding['kind']): number => findings.filter((finding) => finding.kind === kind).length;
  return [
    ...[...kinds]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([kind, { ends, slowest, largest }]) => {
        const total = [...ends.values()].reduce((sum, n) => sum + n, 0);
        const parts = [...ends].sort(([, a], [, b]) => b - a).map(([end, n]) => `${end} ${n}`);
        return [
          `${kind.padEnd(18)} ${String(total).padStart(7)}  ${parts.join(', ')}`,
          `${' '.repeat(28)}slowest ${slowest.input}: ${slowest.milliseconds.toFixed(0)} ms; most memory ${largest.input}: ${(largest.peakBytes / 2 ** 20).toFixed(0)} MiB`,
        ];
      }),
    ...findings.map(({ input, kind, what }) => `${kind} at ${nameOf(input)}: ${what}`),
    `${inputs} inputs in ${seconds.toFixed(0)} s with seed ${seed}: ${of('crash')} crashes, ${of('hang')} hangs, ${of('memory')} over the memory limit, ${of('wrong')} wrong`,
  ];
}

/** Whether something was tried, and nothing found. */
export function isWell({ kinds, findings }: RunReport): boolean {
  const ends = [...kinds.values()].flatMap((figures) => [...figures.ends.keys()]);
  return findings.length === 0 && ends.some((end) => end !== NOT_TRIED);
}
