// What was estimated of the bench's runs against what they took.
import { displayBytes } from '../../../electron/contract/display-bytes.ts';
import { PROCESS_BYTES } from '../../../electron/engine/models/placement/machine-snapshot.ts';
import { table } from '../measured-documents.ts';
import type { MeasuredRun } from './part.ts';

export function estimateBody(runs: readonly MeasuredRun[]): string {
  const rows = runs.map(({ name, estimate, seconds, readBytes, heldBytes }) => {
    const { seconds: time, confidence } = estimate;
    const host = estimate.memory[0];
    const held = host ? host.kvBytes + host.computeBytes + PROCESS_BYTES : 0;
    return [
      name,
      confidence,
      compared(time.likely, seconds, inSeconds),
      `${inSeconds(time.low)} to ${inSeconds(time.high)}`,
      compared(estimate.readBytes, readBytes, displayBytes),
      compared(held, heldBytes, displayBytes),
    ];
  });
  const header = ['run', 'rates', 'time', 'its range', 'read', 'cache, buffers and the worker'];
  return `Cells are estimated / measured. Time is loading and scoring, from a file that is not in memory, with two threads. Rates are \`measured\` by an earlier
run of the same model in this bench, \`calibrated\` by the bundled model, or \`rough\` for a machine of this kind. Memory is what no
file stands behind: cache, compute buffers, and the worker itself, for which ${displayBytes(PROCESS_BYTES)} are counted.

${table(header, rows)}`;
}

function compared(estimate: number, measured: number | null, shown: (value: number) => string): string {
  if (measured === null) return '';
  return `${shown(estimate)} / ${shown(measured)} = ${(estimate / measured).toFixed(2)}`;
}

const inSeconds = (seconds: number): string => `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
