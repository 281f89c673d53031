// How long this machine takes to quantise weights: as long as the last time, or what is typical.
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { QuantType } from '../../../contract/quantise.ts';
import type { Store } from '../../store/database.ts';
import { getSetting, setSetting } from '../../store/settings.ts';

const KEY = 'scale.quantise';

/** Weights a second of the whole machine, by type. */
const ratesSchema = z.partialRecord(z.string(), z.number().positive());

/** A shorter time says more of how the work began. */
const TELLING_SECONDS = 1;

/**
 * Weights that one thread of 2.4 GHz quantises in a second by an importance matrix, counted on the bundled model, within a factor of two.
 * Types below 4 bits look for each block's values in a codebook.
 */
function typicalRate(type: string): number {
  if (/^IQ[1-3]/.test(type)) return 1e6;
  if (type.startsWith('IQ4')) return 3.5e6;
  return type.includes('_K') ? 10e6 : 100e6;
}

/**
 * @param type of files, or of tensors in capitals
 * @param weights of the matrices
 */
export function quantiseSeconds(store: Store, type: string, weights: number): number {
  const known = getSetting(store, KEY, ratesSchema) ?? {};
  const typical = typicalRate(type) * availableParallelism();
  return weights / (known[type] ?? typical * machineFactor(known));
}

/** Remembers how long it took. */
export function noteQuantised(store: Store, type: QuantType, weights: number, seconds: number): void {
  if (seconds < TELLING_SECONDS) return;
  setSetting(store, KEY, { ...getSetting(store, KEY, ratesSchema), [type]: weights / seconds });
}

/** By how much this machine is faster than is typical, by the types that it has quantised to: their geometric mean. */
function machineFactor(known: z.infer<typeof ratesSchema>): number {
  const logs = Object.entries(known).map(([type, rate = 1]) =>
    Math.log(rate / (typicalRate(type) * availableParallelism())),
  );
  return logs.length === 0 ? 1 : Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}
