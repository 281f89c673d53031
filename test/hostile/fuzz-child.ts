// One process that tries the inputs its parent names, one after the other. What would end the engine ends this process.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { peakMemory } from '../linux-processes.ts';
import { Random } from './random.ts';
import type { Answer, OpenTarget, Order } from './target.ts';
import { TARGETS, targetNameSchema } from './targets.ts';

const [name, seed, folder] = z.tuple([targetNameSchema, z.coerce.number(), z.string()]).parse(process.argv.slice(2));
let target: OpenTarget | undefined;

/** Lets the system measure the peak of a process's memory anew. Only Linux can. */
function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // another system, or the process is gone: peaks read as 0 or as those of its whole life
  }
}

async function obey(order: Order): Promise<Answer> {
  target ??= await TARGETS[name](folder);
  if (typeof order === 'string') {
    const finding = order === 'close' ? await target.close?.() : null;
    return { kind: name, end: order, finding: finding ?? null, peakBytes: 0 };
  }
  const pids = (): number[] => [process.pid, ...(target?.pids?.() ?? [])];
  pids().forEach(forgetPeak);
  for (const file of readdirSync(folder)) rmSync(join(folder, file));
  const verdict = await target.tryInput(new Random(seed, `${name}:${order}`)).catch((error: unknown) => ({
    kind: name,
    end: 'untyped',
    finding: `no WinnowError: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  }));
  return { ...verdict, peakBytes: Math.max(...pids().map(peakMemory)) };
}

process.on('message', (order) => void obey(order as Order).then((answer) => process.send?.(answer)));
process.on('disconnect', () => process.exit(0));
