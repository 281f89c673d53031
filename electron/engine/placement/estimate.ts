// What a scoring run will need and how long it takes, from its plan and the machine's rates.
import type { ScoringEstimate, EstimateWarning } from '../../contract/api/runs.ts';
import type { LoadPlan } from './place-model.ts';
import { PROCESS_BYTES } from './choose-batch.ts';
import { costOf, type Buffers, type Cost, type Device } from './cost.ts';
import type { ModelShape } from './model-shape.ts';
import { planPasses, type Batch, type PlannedPasses } from './passes.ts';
import { placeLayers, type FreeDevices } from './place-layers.ts';
import type { Rates, Confidence } from './rates.ts';

export type RunPlan = {
  readonly shape: ModelShape;
  /** Tokens of each demo, in the run's order. */
  readonly lengths: readonly number[];
  /** Models with recurrent state score each demo by itself. */
  readonly isRecurrent: boolean;
  readonly batch: Batch;
  readonly placed: LoadPlan;
  readonly free: FreeDevices;
  /** Of the host and the other devices, as llama.cpp would allocate them; null: not asked. */
  readonly buffers: readonly Buffers[] | null;
};

export type KnownRates = { readonly rates: Rates; readonly confidence: Confidence };

/** How far off the time may be, either way. */
const SPREAD: Readonly<Record<Confidence, number>> = { measured: 1.2, calibrated: 1.6, rough: 3 };

export function estimateOf(plan: RunPlan, { rates, confidence }: KnownRates): ScoringEstimate {
  const { cost, passes } = planCost(plan, rates);
  const { batch, lengths } = plan;
  const spread = SPREAD[confidence];
  // at best the files are in memory already, or are read while the devices compute
  const fits = cost.readsAPass === 0;
  const best = fits ? cost.seconds - cost.parts.disk : planCost(plan, withOverlap(rates, 1)).cost.seconds;
  const worst = planCost(plan, withOverlap(rates, 0)).cost.seconds;
  return {
    demos: lengths.length,
    tokens: passes.tokens,
    nUbatch: batch.nUbatch,
    ubatches: passes.count,
    nSlice: Math.min(batch.nSlice, batch.nUbatch),
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
    warnings: warningsOf(cost, passes),
  };
}

function layersOf({ shape, placed }: RunPlan): ScoringEstimate['layers'] {
  const all = shape.layers.length + 1;
  const offloaded = placed.devices.length === 0 ? 0 : Math.min(placed.gpuLayers, all);
  const moe = shape.layers.flatMap(({ isMoe }, index) => (isMoe ? [index] : []));
  const hostExperts = moe.filter((index, nth) => index < all - offloaded || nth < placed.cpuExpertLayers).length;
  return { all, offloaded, moe: moe.length, hostExperts };
}

export function planCost(plan: RunPlan, rates: Rates): { readonly cost: Cost; readonly passes: PlannedPasses } {
  const { shape, lengths, isRecurrent, batch, placed, free } = plan;
  const passes = { ...planPasses(shape, lengths, batch, isRecurrent), buffers: plan.buffers };
  const usable = { ...free, hostBytes: Math.max(0, free.hostBytes - PROCESS_BYTES) };
  return { cost: costOf(shape, placeLayers(shape, placed, usable, rates), passes, rates.disk), passes };
}

function withOverlap(rates: Rates, overlap: number): Rates {
  return { ...rates, disk: { ...rates.disk, overlap } };
}

function warningsOf(cost: Cost, passes: PlannedPasses): EstimateWarning[] {
  const warnings: EstimateWarning[] = cost.tooSmall.map((device) => ({
    key: 'tooSmall',
    device: device.name,
    neededBytes: neededOf(cost, device),
    availableBytes: device.memoryBytes,
  }));
  if (cost.readsAPass > 1) warnings.push({ key: 'layerTooLarge', reads: cost.readsAPass });
  else if (cost.readsAPass > 0 && passes.count > 1) {
    warnings.push({ key: 'readAgain', bytes: Math.round(cost.readBytes / passes.count), ubatches: passes.count });
  }
  return warnings;
}

function neededOf({ memory }: Cost, device: Device): number {
  const need = memory.find((entry) => entry.device === device);
  return need ? Math.ceil(need.kvBytes + need.computeBytes + (device.kind === 'host' ? 0 : need.weightsBytes)) : 0;
}
