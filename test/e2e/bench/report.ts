// The figures as docs/measured/interface.md, and all of them as a file.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { madeBy, publish, table } from '../../bench/measured-documents.ts';
import type { FirstPaint, LongTask, Recording } from './meter.ts';
import { SCALE } from './scale.ts';

const FILE = fileURLToPath(new URL('../../../out/bench-ui.json', import.meta.url));

export type Figures = {
  readonly firstPaints: Record<string, FirstPaint>;
  readonly recordings: Record<string, Recording>;
  /** Times of a call while the engine scores, in ms, ascending. */
  readonly roundTrips: readonly number[];
};

export function writeFigures(figures: Figures, browser: string): void {
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? '', load: loadavg()[0], browser };
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify({ madeMs: Date.now(), machine, ...figures }, null, 2)}\n`);
  const body = `${madeBy('npm run bench:ui')}\n\n${bodyOf(figures, browser)}`;
  publish({ name: 'interface', title: 'The interface', body }, true);
  console.log(longTaskLines({ ...figures.firstPaints, ...figures.recordings }).join('\n'));
}

function bodyOf({ firstPaints, recordings, roundTrips }: Figures, browser: string): string {
  const opened = Object.entries(firstPaints).map(([name, { paintMs, contentMs, screenMs, longTasks }]) => [
    titled(name),
    `${paintMs} ms`,
    `${contentMs} ms`,
    `${screenMs} ms`,
    tasksText(longTasks.map(({ ms }) => ms)),
  ]);
  const done = Object.entries(recordings).map(([name, { frames, dropped, longestMs, workMs, ownLongTasks }]) => [
    titled(name),
    `${dropped} of ${frames + dropped}`,
    `${longestMs} ms`,
    `${workMs.toFixed(1)} ms`,
    tasksText(ownLongTasks),
  ]);
  const at = (share: number): string => (roundTrips[Math.floor(share * (roundTrips.length - 1))] ?? NaN).toFixed(1);
  return `${browser}, 1280 × 800, the served mode, a cold browser cache. The library holds ${count(SCALE.models + 1)} models, one demo set ${count(SCALE.demos)} demos, and ${count(SCALE.runs + 2)} runs are
stored; the picture is ${SCALE.layers} layers × ${SCALE.experts} experts. "Work" is the main thread's own time; a frame at 60 a second has 16.7 ms.

${table(['opened', 'first paint', 'first content', 'rows or picture there', 'tasks over 50 ms'], opened)}

${table(['done', 'frames dropped', 'longest', 'work', 'tasks over 50 ms'], done)}

While the engine scores the sample, a call and its answer take ${at(0.5)} ms in the median, ${at(0.95)} ms at most for 95 of 100, ${at(1)} ms at most for all ${roundTrips.length}.`;
}

const count = (of: number): string => of.toLocaleString('en');

function titled(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function tasksText(tasks: readonly number[]): string {
  return tasks.length === 0 ? '0' : `${tasks.join(', ')} ms`;
}

function longTaskLines(all: Record<string, { readonly longTasks: readonly LongTask[] }>): string[] {
  return Object.entries(all).flatMap(([name, { longTasks }]) =>
    longTasks.map(({ ms, what }) => `${name}: ${ms} ms ${what}`),
  );
}
