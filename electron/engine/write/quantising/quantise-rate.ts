// Estimates how long this machine takes to quantise weights: at the rate of the last time, or a typical one.
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { QuantType } from '../../../contract/quantise.ts';
import { mean } from '../../base/statistics/averages.ts';
import type { Store } from '../../store/database.ts';
import { getSetting, setSetting } from '../../store/settings.ts';

const KEY = 'scale.quantise';

/** Weights per second of the whole machine, indexed by type. */
const ratesSchema = z.partialRecord(z.string(), z.number().positive());

/** Shorter times mostly measure how the work starts up. */
const TELLING_SECONDS = 1;

/**
 * Weights that one thread at 2.4 GHz quantises per second with an importance matrix, measured on the bundled model, within a factor of two.
 * Types below 4 bits search a codebook for each block's values.
 */
function typicalRate(type: string): number {
  if (/^IQ[1-3]/.test(type)) return 1e6;
  if (type.startsWith('IQ4')) return 3.5e6;
  return type.includes('_K') ? 10e6 : 100e6;
}

/**
 * Estimates the seconds that quantising takes.
 * @param type a type of files, or of tensors in capitals
 * @param weights number of weights to quantise
 */
export function quantiseSeconds(store: Store, type: string, weights: number): number {
  const known = getSetting(store, KEY, ratesSchema) ?? {};
  const typical = typicalRate(type) * availableParallelism();
  return weights / (known[type] ?? typical * machineFactor(known));
}

/** Stores how long quantising took. */
export function noteQuantised(store: Store, type: QuantType, weights: number, seconds: number): void {
  if (seconds < TELLING_SECONDS) return;
  setSetting(store, KEY, { ...getSetting(store, KEY, ratesSchema), [type]: weights / seconds });
}

/** How much faster than typical this machine is: the geometric mean over the types that it has quantised to. */
function machineFactor(known: z.infer<typeof ratesSchema>): number {
  const logs = Object.entries(known).map(([type, rate = 1]) =>
    Math.log(rate / (typicalRate(type) * availableParallelism())),
  );
  return logs.length === 0 ? 1 : Math.exp(mean(logs));
}
