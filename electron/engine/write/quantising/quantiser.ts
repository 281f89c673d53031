// The quantiser that exports use.
import type { Quantiser } from '../pruning/quantiser.ts';
import { planQuantised, requireQuantisable } from './planned-quantised.ts';
import { writeQuantised } from './write-quantised.ts';

/** The quantiser. @param scratchDir folder for headers and cut importance matrices */
export function quantiserIn(scratchDir: string): Quantiser {
  return {
    plan: (files, by, backend) => planQuantised(files, by, { backend, scratchDir }),
    require: requireQuantisable,
    write: (files, by, options) => writeQuantised(files, by, { ...options, scratchDir }),
  };
}
