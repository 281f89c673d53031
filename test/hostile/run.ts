// Runs the harness: gives inputs to several processes at once, and counts what became of them.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nameOf, type Input } from './inputs.ts';
import { runLane, type Finding, type Limits } from './lane.ts';

/** Ten seconds are what is promised. Inputs have at most some hundred kilobytes, for which the engine takes a third of this. */
export const LIMITS: Limits = { hangMs: 10_000, memoryBytes: 1 << 30 };

export type FuzzOptions = {
  readonly seed: number;
  /** Ends with them, or with the seconds. */
  readonly inputs: Iterable<Input>;
  readonly seconds: number;
  /** Processes that try inputs at once; each has workers, which it waits for. */
  readonly lanes: number;
  /** Where the files of findings are kept. */
  readonly keep: string;
  /** URL of the module that exports `TARGETS`. */
  readonly targets?: string;
  readonly limits?: Limits;
  /** Told after each input that was decided. */
  readonly onProgress?: (inputs: number) => void;
};

type KindFigures = {
  /** How many inputs ended how. */
  readonly ends: Map<string, number>;
  slowest: { input: string; milliseconds: number };
  largest: { input: string; peakBytes: number };
};

export type FuzzReport = {
  /** How many were decided: a crash or a hang is none of them. */
  readonly inputs: number;
  readonly seconds: number;
  readonly kinds: ReadonlyMap<string, KindFigures>;
  readonly findings: readonly Finding[];
};

/** In memory where the system has such a folder: inputs are written and removed by the thousand. */
function scratchFolder(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'winnow-fuzz-'));
}

function* untilLate(inputs: Iterable<Input>, seconds: number): Generator<Input, void> {
  const end = performance.now() + seconds * 1000;
  for (const input of inputs) {
    if (performance.now() > end) return;
    yield input;
  }
}

/** @throws Error where the harness itself does not work: a target cannot be opened */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, inputs, seconds, lanes, keep, onProgress } = options;
  const { targets = new URL('./targets.ts', import.meta.url).href, limits = LIMITS } = options;
  const started = performance.now();
  const scratch = scratchFolder();
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
          seed,
          inputs: shared,
          limits,
          folder: join(scratch, String(lane)),
          keep,
          onTried: (tried, { kind, end, milliseconds, peakBytes }) => {
            const input = nameOf(tried);
            const figures: KindFigures = kinds.get(kind) ?? {
              ends: new Map(),
              slowest: { input, milliseconds },
              largest: { input, peakBytes },
            };
            kinds.set(kind, figures);
            figures.ends.set(end, (figures.ends.get(end) ?? 0) + 1);
            if (milliseconds > figures.slowest.milliseconds) figures.slowest = { input, milliseconds };
            if (peakBytes > figures.largest.peakBytes) figures.largest = { input, peakBytes };
            decided += 1;
            onProgress?.(decided);
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
  return { inputs: decided, seconds: (performance.now() - started) / 1000, kinds, findings };
}
