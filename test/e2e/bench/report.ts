// The figures as a table on the terminal and as a file.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FirstPaint, LongTask, Recording } from './meter.ts';

const FILE = fileURLToPath(new URL('../../../out/bench-ui.json', import.meta.url));

export type Figures = {
  readonly firstPaints: Record<string, FirstPaint>;
  readonly recordings: Record<string, Recording>;
  /** Of a call while the engine scores, in ms, ascending. */
  readonly roundTrips: readonly number[];
};

export function writeFigures(figures: Figures, browser: string): void {
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? '', load: loadavg()[0], browser };
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify({ madeMs: Date.now(), machine, ...figures }, null, 2)}\n`);
  console.log(textOf(figures));
}

function textOf({ firstPaints, recordings, roundTrips }: Figures): string {
  return [
    table(
      ['opened', 'first paint', 'first content', 'screen there', 'work', 'long tasks', 'by own time'],
      Object.entries(firstPaints).map(([name, { paintMs, contentMs, screenMs, workMs, longTasks, ownLongTasks }]) => [
        name,
        `${paintMs} ms`,
        `${contentMs} ms`,
        `${screenMs} ms`,
        `${workMs} ms`,
        tasksText(longTasks.map(({ ms }) => ms)),
        tasksText(ownLongTasks),
      ]),
    ),
    table(
      ['done', 'frames', 'in time', 'dropped', 'longest', 'work/frame', 'scripts/frame', 'long tasks', 'by own time'],
      Object.entries(recordings).map(
        ([name, { frames, inTime, dropped, longestMs, workMs, scriptMs, longTasks, ownLongTasks }]) => [
          name,
          String(frames),
          `${(100 * inTime).toFixed(1)} %`,
          String(dropped),
          `${longestMs} ms`,
          `${workMs.toFixed(1)} ms`,
          `${scriptMs.toFixed(1)} ms`,
          tasksText(longTasks.map(({ ms }) => ms)),
          tasksText(ownLongTasks),
        ],
      ),
    ),
    tripsText(roundTrips),
    ...longTaskLines({ ...firstPaints, ...recordings }),
  ].join('\n\n');
}

function tripsText(trips: readonly number[]): string {
  const at = (share: number): string => (trips[Math.floor(share * (trips.length - 1))] ?? NaN).toFixed(1);
  return `a call while scoring: ${trips.length} calls, median ${at(0.5)} ms, 95 of 100 under ${at(0.95)} ms, longest ${at(1)} ms`;
}

function tasksText(tasks: readonly number[]): string {
  return tasks.length === 0 ? '0' : `${tasks.length}: ${tasks.join(', ')} ms`;
}

function longTaskLines(all: Record<string, { readonly longTasks: readonly LongTask[] }>): string[] {
  const lines = Object.entries(all).flatMap(([name, { longTasks }]) =>
    longTasks.map(({ ms, what }) => `  ${name}: ${ms} ms ${what}`),
  );
  return lines.length === 0 ? [] : [`tasks over 50 ms:\n${lines.join('\n')}`];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}
