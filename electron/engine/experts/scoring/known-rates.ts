// This machine's rates for one run, as well as they can be known in a moment.
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import type { Store } from '../../store/database.ts';
import { listRunDemos, listScoreRuns } from '../../store/score-runs.ts';
import type { MachineSnapshot } from '../../models/placement/machine-snapshot.ts';
import { planCost, type KnownRates, type ScoringPlan } from '../../models/placement/estimate.ts';
import { computedOn, isComputedOn } from './computed-on.ts';
import { diskRate } from './disk-rate.ts';
import { processorFlops } from './processor-rate.ts';
import { readStoredSettings } from './stored-settings.ts';
import { typicalRates, type Rates } from '../../models/placement/rates.ts';

type RatesOptions = {
  readonly store: Store;
  readonly host: WorkerHost;
  readonly plan: ScoringPlan;
  readonly threads: number;
  /** First file of the model. */
  readonly path: string;
  /** The model's row in the store; null: it was never scored. */
  readonly modelRow: number | null;
  readonly signal?: AbortSignal | undefined;
};

/** For runs shorter than this by typical rates, measuring would take longer than an error costs. */
const WORTH_MEASURING_S = 20;
/** A shorter run says more about its start than about the model. */
const TELLING_RUN_S = 2;
/** If an earlier run differs by a larger factor, it ran under unknown conditions. */
const CREDIBLE = 20;

/**
 * Rates from an earlier run of the model on the same devices; otherwise, for long runs, from a short measurement of the disk and
 * of the processor with the bundled model; otherwise typical rates.
 * @throws WinnowError errors of measuring; CANCELLED
 */
export async function knownRates(options: RatesOptions): Promise<KnownRates> {
  const { store, host, plan, threads, path, signal } = options;
  const typical = typicalRates(threads);
  const isLong = planCost(plan, typical).cost.seconds >= WORTH_MEASURING_S;
  const disk = isLong ? await diskRate(store, path) : null;
  const rates = disk === null ? typical : { ...typical, disk: { ...typical.disk, rate: disk } };
  const measured = ratesByEarlierRun(options, rates);
  if (measured) return { rates: measured, confidence: 'measured' };
  if (!isLong || plan.load.devices.length > 0) return { rates, confidence: 'rough' };
  const flops = await processorFlops(store, threads, host, signal);
  return { rates: { ...rates, host: { ...rates.host, flops } }, confidence: 'calibrated' };
}

/** The rates that explain the time of the latest suitable run; null: there is none. */
function ratesByEarlierRun({ store, plan, modelRow, threads }: RatesOptions, rates: Rates): Rates | null {
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
    if (factor < 1 / CREDIBLE || factor > CREDIBLE) continue;
    return scaled(rates, factor, !fits);
  }
  return null;
}

function withAmpleMemory(snapshot: MachineSnapshot): MachineSnapshot {
  return { ...snapshot, host: { ...snapshot.host, freeBytes: Infinity } };
}

/** All rates slowed down by a factor; the disk's only if the run read from it. */
function scaled(rates: Rates, factor: number, disk: boolean): Rates {
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
    disk: { ...rates.disk, rate: disk ? rates.disk.rate / factor : rates.disk.rate },
  };
}
