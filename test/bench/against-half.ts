// A generated model against its half on equal memory, as the benches of throughput measure it: on the CPU, experts at equal distances.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  compareThroughput,
  type ComparedThroughput,
  type ThroughputRequest,
} from '../../electron/engine/measure/benchmark/compare-throughput.ts';
import { Engine } from '../engine.ts';

/** Where generated models lie. */
export const WORK = fileURLToPath(new URL('../../native/build/bench/', import.meta.url));
export const THREADS = 2;
/** Tokens that run through the model at once. */
export const UBATCH = 512;

/** Ctrl+C ends it, and removes the temporary half. Progress goes to standard error. */
export async function measureAgainstHalf(
  request: Omit<ThroughputRequest, 'pruned' | 'nUbatch' | 'placement'>,
): Promise<ComparedThroughput> {
  const engine = new Engine({ home: join(WORK, 'home') });
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  try {
    return await compareThroughput(
      {
        ...request,
        pruned: { keep: '0.5' },
        nUbatch: UBATCH,
        placement: { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: THREADS },
      },
      engine.context,
      {
        signal: interrupt.signal,
        onProgress: (step, done, total) => process.stderr.write(`\r${step} ${Math.floor((100 * done) / total)} % `),
      },
    );
  } finally {
    process.stderr.write('\n');
    await engine.close();
  }
}

/** A ratio as tables show it. */
export function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}
