// One process of the runner: tries the inputs that its parent names, one after the other, and says what became of
// each. What would end the engine ends this process.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { peakMemory } from '../linux-processes.ts';
import { childArgsSchema, requestSchema, type ChildMessage } from './child-messages.ts';
import { nameOf, type Input } from './inputs.ts';
import { Random } from './random.ts';
import type { OpenTarget, TargetTable, Verdict } from './target.ts';

const { targets, seed, folder } = childArgsSchema.parse(JSON.parse(z.string().parse(process.argv[2])));
const { TARGETS } = (await import(targets)) as { readonly TARGETS: TargetTable };
const opened = new Map<string, OpenTarget>();

async function open(name: string): Promise<OpenTarget> {
  const known = opened.get(name);
  if (known) return known;
  const entry = TARGETS[name];
  if (!entry) throw new Error(`there is no target ${name}`);
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  const target = await (await entry.load()).open(own);
  opened.set(name, target);
  return target;
}

/** Lets the system measure the peak of a process's memory anew. Only Linux can. */
function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // another system, or the process is gone: peaks read as 0 or as those of its whole life
  }
}

const leave = (): void => process.exit(0);
const tell = (message: ChildMessage): void => void process.send?.(message);

async function tryInput(input: Input): Promise<void> {
  const target = await open(input.target);
  const pids = (): number[] => [process.pid, ...(target.pids?.() ?? [])];
  target.prepare?.(input.index);
  pids().forEach(forgetPeak);
  tell({ begun: true });
  const started = performance.now();
  const verdict = await target.tryInput(new Random(seed, nameOf(input)), input.index).catch((error: unknown) => ({
    kind: input.target,
    end: 'untyped',
    finding: `no WinnowError: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  }));
  tell({ ...verdict, milliseconds: performance.now() - started, peakBytes: Math.max(...pids().map(peakMemory)) });
}

async function end(): Promise<void> {
  const closed: Verdict[] = [];
  for (const target of opened.values()) closed.push(...(await target.close()));
  process.off('disconnect', leave);
  // what is still open then keeps the process, which its parent finds
  process.send?.({ closed } satisfies ChildMessage, () => process.disconnect());
}

process.on('message', (message) => {
  const input = requestSchema.parse(message);
  void (input === null ? end() : tryInput(input));
});
process.on('disconnect', leave);
