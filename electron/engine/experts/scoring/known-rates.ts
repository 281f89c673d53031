// This machine's rates for one run, as well as they can be known in a moment.
import { z } from 'zod';
import type { Store } from '../../store/database.ts';
import { getSetting, setSetting } from '../../store/settings.ts';
import { listRunDemos, listScoreRuns } from '../../store/score-runs.ts';
import type { MachineSnapshot } from '../../models/placement/machine-snapshot.ts';
import { planCost, type KnownRates, type ScoringPlan } from '../../models/placement/estimate.ts';
import { computedOn, isComputedOn } from './computed-on.ts';
import { diskRate } from './disk-rate.ts';
import { readStoredSettings } from './stored-settings.ts';
import { typicalRates, type Rates } from '../../models/placement/rates.ts';

type RatesOptions = {
  readonly store: Store;
  readonly plan: ScoringPlan;
  readonly threads: number;
  /** First file of the model. */
  readonly path: string;
  /** The model's row in the store; null: it was never scored. */
  readonly modelRow: number | null;
};

/** For runs shorter than this by typical rates, measuring the disk would take longer than an error costs. */
const WORTH_MEASURING_S = 20;
/** A shorter run says more about its start than about the model. */
const TELLING_RUN_S = 2;
/** If an earlier run differs by a larger factor, it ran under unknown conditions. */
const CREDIBLE = 20;

/** Seconds for each that typical rates foretell, by threads and devices: of the last run that was compared with its estimate. */
const PACES = 'scale.paces';
const pacesSchema = z.record(z.string(), z.number().positive());

/**
 * Typical rates, and that of the disk for long runs, corrected by an earlier run of the model on the same devices, or else by the last known
 * run of another model there.
 */
export async function knownRates(options: RatesOptions): Promise<KnownRates> {
  const { store, plan, threads, path } = options;
  const typical = typicalRates(threads);
  const isLong = planCost(plan, typical).cost.seconds >= WORTH_MEASURING_S;
  const disk = isLong ? await diskRate(store, path) : null;
  const rates = disk === null ? typical : { ...typical, disk: { ...typical.disk, rate: disk } };
  const paces = getSetting(store, PACES, pacesSchema) ?? {};
  const where = [threads, ...computedOn(plan).devices].join(' ');
  const own = earlierPace(options, rates);
  if (own !== null) {
    if (!own.withDisk) setSetting(store, PACES, { ...paces, [where]: own.factor });
    return { rates: scaled(rates, own), confidence: 'measured' };
  }
  const factor = paces[where];
  if (factor === undefined) return { rates, confidence: 'rough' };
  return { rates: scaled(rates, { factor, withDisk: false }), confidence: 'calibrated' };
}

type Pace = {
  /** Seconds for each that the rates foretell. */
  readonly factor: number;
  /** Whether the disk was read too. */
  readonly withDisk: boolean;
};

/** The pace that explains the time of the latest suitable run; null: there is none. */
function earlierPace({ store, plan, modelRow, threads }: RatesOptions, rates: Rates): Pace | null {
  if (modelRow === null) return null;
  const here = computedOn(plan);
  const earlier = listScoreRuns(store).flatMap((run) => {
    if (run.modelId !== modelRow || run.state !== 'done' || run.seconds < TELLING_RUN_S) return [];
    const settings = readStoredSettings(run.settings);
    const isSame = settings && settings.threads === threads && isComputedOn(run.computedOn, here);
    return isSame ? [{ run, settings }] : [];
  });
  // first the runs whose model stayed in memory: what others read again depended on the memory that was free then
  const stayed = earlier.filter(({ settings }) => settings.placement.repack === 'all');
  for (const { run, settings } of [...stayed, ...earlier.filter((one) => !stayed.includes(one))]) {
    const lengths = listRunDemos(store, run.id).map(({ tokens }) => tokens);
    const snapshot = settings.placement.repack === 'all' ? withAmpleMemory(plan.snapshot) : plan.snapshot;
    const { cost } = planCost(
      { ...plan, snapshot, lengths, window: settings.window, batch: settings, buffers: null },
      rates,
    );
    // a run's time begins when the model is loaded: what stays in memory has been read by then
    const fits = cost.residency === 'all';
    const factor = run.seconds / (fits ? cost.seconds - cost.parts.disk : cost.seconds - cost.loadSeconds);
    if (factor >= 1 / CREDIBLE && factor <= CREDIBLE) return { factor, withDisk: !fits };
  }
  return null;
}

function withAmpleMemory(snapshot: MachineSnapshot): MachineSnapshot {
  return { ...snapshot, host: { ...snapshot.host, freeBytes: Infinity } };
}

function scaled(rates: Rates, { factor, withDisk }: Pace): Rates {
  const processor = (of: Rates['host']): Rates['host'] => ({
    flops: of.flops / factor,
    memoryRate: of.memoryRate / factor,
  });
  const link = ({ rate, latency }: Rates['bus']): Rates['bus'] => ({ rate: rate / factor, latency: latency * factor });
  return {
    host: processor(rates.host),
    gpu: processor(rates.gpu),
    machine: processor(rates.machine),
    bus: link(rates.bus),
    network: link(rates.network),
    disk: { ...rates.disk, rate: withDisk ? rates.disk.rate / factor : rates.disk.rate },
  };
}
