// The table of work: how much this machine does of each kind in a second, as measured or else typical.
import { z } from 'zod';
import { sum } from '../base/statistics/numbers.ts';
import type { Store } from './database.ts';
import { getSetting, setSetting } from './settings.ts';

const KEY = 'rates';
const ratesSchema = z.record(z.string(), z.number().positive());

/** Shorter times mostly measure how the work starts up. */
const TELLING_SECONDS = 1;

type WorkKind =
  /** FLOPs of a prefill's products: here, on a GPU, on another machine. */
  | 'host'
  | 'gpu'
  | 'machine'
  /** Bytes read from disk, sent to a GPU, sent to other machines, copied into a file. */
  | 'disk'
  | 'bus'
  | 'network'
  | 'copy'
  /** FLOPs of fitting down matrices. */
  | 'fit'
  /** Weights quantised, by type in capitals. */
  | `quantise ${string}`;

/** What the speed of a prefill tells of. */
const BY_SPEED: readonly string[] = ['host', 'gpu', 'machine', 'bus', 'network', 'fit'];

/** How much work of each kind there is. */
export type Work = { readonly [kind in WorkKind]?: number };

export type Rates = (kind: WorkKind) => number;

/** The seconds that work takes. */
export function secondsOf(work: Work, rates: Rates): number {
  return sum(Object.entries(work).map(([kind, amount = 0]) => amount / rates(kind as WorkKind)));
}

/**
 * Typical rates: a core with AVX2 on quantised weights; a mid-range GPU; an NVMe disk; PCIe 4 with 16 lanes; a gigabit network. A fit
 * computes in single precision: `npm run bench -- repair`.
 */
export function typicalRates(threads: number): Rates {
  const flops = threads * 30e9;
  const speeds: Work = {
    host: flops,
    machine: flops,
    gpu: 15e12,
    disk: 2e9,
    bus: 20e9,
    network: 110e6,
    copy: 1e9,
    fit: 0.6 * flops,
  };
  return (kind) => speeds[kind] ?? threads * quantisedByThread(kind.replace('quantise ', ''));
}

/**
 * Weights that one thread at 2.4 GHz quantises per second with an importance matrix, measured on the bundled model, within a factor of two.
 * Types below 4 bits search a codebook for each block's values.
 */
function quantisedByThread(type: string): number {
  if (/^IQ[1-3]/.test(type)) return 1e6;
  if (type.startsWith('IQ4')) return 3.5e6;
  return type.includes('_K') ? 10e6 : 100e6;
}

/** Rates as far as they are measured, else typical ones. @param speed of computing and links, relative to typical */
export function knownRates(store: Store, threads: number): (kind: WorkKind, speed?: number) => number {
  const typical = typicalRates(threads);
  return (kind, speed = 1) => measuredRate(store, kind) ?? typical(kind) * (BY_SPEED.includes(kind) ? speed : 1);
}

/** @param key a kind of work, or what else was noted. @returns undefined: never measured */
export function measuredRate(store: Store, key: string): number | undefined {
  return getSetting(store, KEY, ratesSchema)?.[key];
}

/** Stores what was measured; the last time counts. */
export function noteRate(store: Store, key: string, rate: number): void {
  setSetting(store, KEY, { ...getSetting(store, KEY, ratesSchema), [key]: rate });
}

/** Stores the rate of work that has taken so long. */
export function noteWork(store: Store, kind: WorkKind, amount: number, seconds: number): void {
  if (seconds >= TELLING_SECONDS && amount > 0) noteRate(store, kind, amount / seconds);
}
