// What a scoring run will need and how long it will take, from its plan and the machine's rates.
import type { EstimateWarning, ScoringEstimate } from '../../../contract/api/runs.ts';
import { sliceTokens, type Batch } from './batch.ts';
import { costOf, type Buffers, type Cost, type Device, type Passes } from './cost.ts';
import { firstOffloaded, HOST, layerCount, layerMap } from './layer-map.ts';
import type { MachineSnapshot } from './machine-snapshot.ts';
import type { ModelShape } from './model-shape.ts';
import type { ReadDemos } from './packs.ts';
import { planPasses } from './passes.ts';
import type { LoadPlan } from './place-model.ts';
import { placedDevices } from './placed-devices.ts';
import type { Rates } from './rates.ts';

/** How a run will be scored: everything that its cost depends on, except the rates. */
export type ScoringPlan = ReadDemos & {
  readonly shape: ModelShape;
  readonly snapshot: MachineSnapshot;
  readonly load: LoadPlan;
  readonly batch: Batch;
  /** Buffers of the host, then of the plan's devices, as llama.cpp would allocate them; null: not asked. */
  readonly buffers: readonly Buffers[] | null;
};

type Confidence = ScoringEstimate['confidence'];

export type KnownRates = { readonly rates: Rates; readonly confidence: Confidence };

/** What work does with a model, compared with one pass over the demos. */
export type Repeats = {
  /** How often the demos pass through it. */
  readonly rounds: number;
  /** How often it is loaded. */
  readonly loads: number;
  /** Share of the tokens whose logits are computed. */
  readonly logitShare: number;
};

/** Scoring: one load, one pass, no logits. */
const ONCE: Repeats = { rounds: 1, loads: 1, logitShare: 0 };

/** The factor by which the time may be off, either way. */
const SPREAD: Readonly<Record<Confidence, number>> = { measured: 1.2, calibrated: 1.6, rough: 3 };

/**
 * What the planned run will read, hold in memory and take; the less certain its rates, the wider the range of seconds.
 */
export function estimateOf(
  plan: ScoringPlan,
  { rates, confidence }: KnownRates,
  repeats: Partial<Repeats> = {},
): ScoringEstimate {
  const { cost, passes } = planCost(plan, rates, repeats);
  const { batch, lengths } = plan;
  const spread = SPREAD[confidence];
  // at best, the files are in memory already or are read while the devices compute
  const fits = cost.residency === 'all';
  const best = fits ? cost.seconds - cost.parts.disk : planCost(plan, withOverlap(rates, 1), repeats).cost.seconds;
  const worst = planCost(plan, withOverlap(rates, 0), repeats).cost.seconds;
  return {
    demos: lengths.length,
    tokens: Math.ceil(passes.tokens),
    nUbatch: batch.nUbatch,
    ubatches: Math.ceil(passes.count),
    nSlice: sliceTokens(batch),
    kvType: batch.kvType,
    layers: layersOf(plan),
    memory: cost.memory
      .filter(({ device, weightsBytes }) => device.kind === 'host' || weightsBytes > 0)
      .map(({ device, weightsBytes, kvBytes, computeBytes }) => ({
        device: device.name,
        kind: device.kind,
        availableBytes: device.memoryBytes,
        weightsBytes,
        kvBytes,
        computeBytes: Math.ceil(computeBytes),
      })),
    onDiskBytes: cost.onDiskBytes,
    readBytes: cost.readBytes,
    sentBytes: cost.sentBytes,
    networkBytes: cost.networkBytes,
    seconds: { low: best / spread, likely: cost.seconds, high: worst * spread },
    limit: cost.limit,
    confidence,
    warnings: [...warningsOf(cost, passes), ...windowed(plan)],
  };
}

function layersOf({ shape, load }: ScoringPlan): ScoringEstimate['layers'] {
  const all = layerCount(shape);
  const offloaded = all - firstOffloaded(shape, load.devices.length === 0 ? 0 : load.gpuLayers);
  const { layers } = layerMap(shape, load);
  const moe = layers.filter((_, at) => shape.layers[at]?.isMoe);
  return { all, offloaded, moe: moe.length, hostExperts: moe.filter(({ experts }) => experts === HOST).length };
}

/**
 * What a plan costs at these rates, and how its tokens pass through the model, over all rounds.
 * @param repeats missing values are those of scoring once
 */
export function planCost(
  plan: ScoringPlan,
  rates: Rates,
  repeats: Partial<Repeats> = {},
): { readonly cost: Cost; readonly passes: Passes } {
  const { shape, batch, load, snapshot, buffers } = plan;
  const passes = repeated({ ...planPasses(shape, plan, batch), buffers }, { ...ONCE, ...repeats });
  return { cost: costOf(shape, placedDevices(shape, load, snapshot, rates), passes, rates.disk), passes };
}

function repeated(passes: Passes, { rounds, loads, logitShare }: Repeats): Passes {
  const { tokens, count, slices, attended } = passes;
  return {
    ...passes,
    tokens: rounds * tokens,
    count: rounds * count,
    slices: rounds * slices,
    attended: rounds * attended,
    logitRows: rounds * tokens * logitShare,
    loads,
  };
}

function withOverlap(rates: Rates, overlap: number): Rates {
  return { ...rates, disk: { ...rates.disk, overlap } };
}

function warningsOf(cost: Cost, passes: Passes): EstimateWarning[] {
  const warnings: EstimateWarning[] = cost.tooSmall.map((device) => ({
    key: 'tooSmall',
    device: device.name,
    neededBytes: neededOf(cost, device),
    availableBytes: device.memoryBytes,
  }));
  const reads = Math.ceil(passes.slices / passes.count);
  if (cost.residency === 'none' && reads > 1) warnings.push({ key: 'layerTooLarge', reads });
  else if (cost.residency !== 'all' && passes.count > 1) {
    warnings.push({ key: 'readAgain', bytes: Math.round(cost.readBytes / passes.count), ubatches: passes.count });
  }
  return warnings;
}

function windowed({ lengths, window = Infinity }: ScoringPlan): EstimateWarning[] {
  const demos = lengths.filter((tokens) => tokens > window).length;
  return demos === 0 ? [] : [{ key: 'windowed', demos, tokens: window }];
}

function neededOf({ memory }: Cost, device: Device): number {
  const need = memory.find((entry) => entry.device === device);
  return need ? Math.ceil(need.kvBytes + need.computeBytes + (device.kind === 'host' ? 0 : need.weightsBytes)) : 0;
}
