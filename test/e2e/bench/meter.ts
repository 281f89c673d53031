// What a page does with its time: first paint, frames, and the tasks that keep it from answering.
import type { CDPSession, Page } from '@playwright/test';
import { z } from 'zod';

export type LongTask = {
  /** Since the page began. */
  readonly startMs: number;
  readonly ms: number;
  /** The scripts of the frame, the slowest first. */
  readonly what: string;
};

export type Recording = {
  readonly ms: number;
  readonly frames: number;
  /** Share of the frames that came with the screen's next beat, 0 to 1. */
  readonly inTime: number;
  /** Beats that passed without a frame. */
  readonly dropped: number;
  readonly longestMs: number;
  /** The main thread's own time for each frame: it does not grow when other programs take the processor away. */
  readonly workMs: number;
  /** The part of it in scripts. */
  readonly scriptMs: number;
  /** As a browser counts them: by the clock. */
  readonly longTasks: readonly LongTask[];
  /** Those that took the main thread as long of its own time, in ms: others waited for the processor. */
  readonly ownLongTasks: readonly number[];
};

export type FirstPaint = {
  readonly paintMs: number;
  readonly contentMs: number;
  /** Until the screen's own content was there: rows, or the picture. */
  readonly screenMs: number;
  /** The main thread's own time until then. */
  readonly workMs: number;
  /** As a browser counts them: by the clock. */
  readonly longTasks: readonly LongTask[];
  /** Those that took the main thread as long of its own time, in ms: others waited for the processor. */
  readonly ownLongTasks: readonly number[];
};

/** One beat of 60 in a second, and what clocks differ by. */
const BEAT_MS = 1000 / 60;
const IN_TIME_MS = BEAT_MS + 1;

type InPage = {
  readonly tasks: { startMs: number; ms: number; what: string }[];
  beats: number[] | null;
};

const clocks = new WeakMap<Page, CDPSession>();

type Work = { readonly taskMs: number; readonly scriptMs: number };

async function workOf(page: Page): Promise<Work> {
  const { metrics } = (await clocks.get(page)?.send('Performance.getMetrics')) ?? { metrics: [] };
  const ms = (name: string): number => 1000 * (metrics.find((metric) => metric.name === name)?.value ?? NaN);
  return { taskMs: ms('TaskDuration'), scriptMs: ms('ScriptDuration') };
}

/** Before the page's own scripts. */
export async function installMeter(page: Page): Promise<void> {
  const clock = await page.context().newCDPSession(page);
  await clock.send('Performance.enable', { timeDomain: 'threadTicks' });
  clocks.set(page, clock);
  await page.addInitScript(() => {
    const meter: InPage = { tasks: [], beats: null };
    Object.assign(window, { meter });
    const frames: { start: number; end: number; what: string }[] = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        type Script = { duration: number; invoker: string; sourceFunctionName: string };
        const scripts = ((entry as PerformanceEntry & { scripts?: Script[] }).scripts ?? [])
          .toSorted((a, b) => b.duration - a.duration)
          .slice(0, 2)
          .map(
            ({ duration, invoker, sourceFunctionName }) =>
              `${invoker} ${sourceFunctionName} ${Math.round(duration)} ms`,
          );
        frames.push({ start: entry.startTime, end: entry.startTime + entry.duration, what: scripts.join(', ') });
      }
      for (const task of meter.tasks) {
        task.what ||= frames.find(({ start, end }) => start <= task.startMs + 1 && end >= task.startMs)?.what ?? '';
      }
    }).observe({ type: 'long-animation-frame', buffered: true });
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        meter.tasks.push({ startMs: Math.round(startTime), ms: Math.round(duration), what: '' });
      }
    }).observe({ type: 'longtask', buffered: true });
    const beat = (time: number): void => {
      meter.beats?.push(time);
      requestAnimationFrame(beat);
    };
    requestAnimationFrame(beat);
  });
}

/** @param content what shows that the screen is there */
export async function firstPaint(page: Page, url: string, content: string): Promise<FirstPaint> {
  let screenMs = NaN;
  let taskMs = NaN;
  const ownLongTasks = await traced(page, async () => {
    await page.goto(url);
    await page.locator(content).first().waitFor();
    screenMs = await page.evaluate(() => performance.now());
    ({ taskMs } = await workOf(page));
    await settle(page);
  });
  const paints = await page.evaluate(() =>
    performance.getEntriesByType('paint').map(({ name, startTime }) => ({ name, startTime })),
  );
  const at = (name: string): number => Math.round(paints.find((paint) => paint.name === name)?.startTime ?? NaN);
  return {
    paintMs: at('first-paint'),
    contentMs: at('first-contentful-paint'),
    screenMs: Math.round(screenMs),
    workMs: Math.round(taskMs),
    longTasks: await tasksSince(page, 0),
    ownLongTasks,
  };
}

/** The one whose screen came neither early nor late; its work is the median of all. */
export function middleOpening(openings: readonly FirstPaint[]): FirstPaint {
  const middle = (of: (opening: FirstPaint) => number): FirstPaint => {
    const opening = openings.toSorted((a, b) => of(a) - of(b))[Math.floor(openings.length / 2)];
    if (opening === undefined) throw new Error('nothing was opened');
    return opening;
  };
  return { ...middle(({ screenMs }) => screenMs), workMs: middle(({ workMs }) => workMs).workMs };
}

/** Counts frames and long tasks while something is done. */
export async function record(page: Page, action: () => Promise<void>): Promise<Recording> {
  await settle(page);
  const start = await page.evaluate(() => {
    (Reflect.get(window, 'meter') as InPage).beats = [];
    return performance.now();
  });
  const before = await workOf(page);
  const ownLongTasks = await traced(page, action);
  const after = await workOf(page);
  const beats = await page.evaluate(() => {
    const meter = Reflect.get(window, 'meter') as InPage;
    const taken = meter.beats ?? [];
    meter.beats = null;
    return taken;
  });
  await settle(page);
  const gaps = beats.slice(1).map((time, i) => time - (beats[i] ?? time));
  return {
    ms: Math.round((beats.at(-1) ?? 0) - (beats[0] ?? 0)),
    frames: gaps.length,
    inTime: gaps.filter((gap) => gap <= IN_TIME_MS).length / Math.max(gaps.length, 1),
    dropped: gaps.reduce((sum, gap) => sum + Math.max(Math.round(gap / BEAT_MS) - 1, 0), 0),
    longestMs: Math.round(Math.max(0, ...gaps)),
    workMs: (after.taskMs - before.taskMs) / Math.max(gaps.length, 1),
    scriptMs: (after.scriptMs - before.scriptMs) / Math.max(gaps.length, 1),
    longTasks: await tasksSince(page, start),
    ownLongTasks,
  };
}

const LONG_TASK_MS = 50;

const traceSchema = z.object({
  traceEvents: z.array(
    z.looseObject({
      name: z.string(),
      pid: z.number(),
      tid: z.number(),
      /** The thread's own time, in µs. */
      tdur: z.number().optional(),
      args: z.looseObject({ name: z.unknown().optional() }).optional(),
    }),
  ),
});

/** @returns the long tasks of the page's main thread by its own time */
async function traced(page: Page, action: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser');
  await browser.startTracing(page, { categories: ['toplevel'] });
  await action();
  const trace: unknown = JSON.parse((await browser.stopTracing()).toString());
  const { traceEvents } = traceSchema.parse(trace);
  const mains = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf),
  );
  return traceEvents
    .filter((event) => event.name.endsWith('::RunTask') && mains.has(threadOf(event)))
    .map(({ tdur = 0 }) => Math.round(tdur / 1000))
    .filter((ms) => ms >= LONG_TASK_MS);
}

function threadOf({ pid, tid }: { readonly pid: number; readonly tid: number }): string {
  return `${pid} ${tid}`;
}

/** Observers are told some time after the task. */
async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(300);
}

function tasksSince(page: Page, startMs: number): Promise<LongTask[]> {
  return page.evaluate(
    (from) => (Reflect.get(window, 'meter') as InPage).tasks.filter((task) => task.startMs >= from),
    startMs,
  );
}
