// What it takes to pass tokens through a placed model, before anything is loaded: work, memory, and what to warn of.
// docs/SCALE.md has the same formulas in one place, and compares them with measured runs.
import type { EstimateWarning, ScoringEstimate } from '../../../contract/api/runs.ts';
import { sum } from '../../base/statistics/numbers.ts';
import { secondsOf, type Rates, type Work } from '../../store/rates.ts';
import { allSlices, sliceTokens, type Batch, passesThrough, sumTokens, ubatchSizes, type ReadDemos } from './packs.ts';
import { hostWeights, toReading, sharedBytes, type HostReading } from './reading.ts';
import { firstOffloaded, HOST, layerCount, layerMap } from './layer-map.ts';
import { RESERVED_BYTES, type MachineSnapshot } from './machine-snapshot.ts';
import { activeInLayer, type LayerShape, type ModelShape } from './model-shape.ts';
import type { LoadPlan } from './place-model.ts';

export type Buffers = { readonly kvBytes: number; readonly computeBytes: number };

/** How a run will be scored. */
export type ScoringPlan = ReadDemos & {
  readonly shape: ModelShape;
  readonly snapshot: MachineSnapshot;
  readonly load: LoadPlan;
  readonly threads: number;
  readonly batch: Batch;
  /** Buffers of the host, then of the plan's devices, as llama.cpp would allocate them; null: it cannot. */
  readonly buffers: readonly Buffers[] | null;
};

/** What work does with a model, compared with one pass over the demos. */
type Repeats = {
  /** How often the demos pass through it. Default: once. */
  readonly rounds?: number;
  /** How often it is loaded. Default: once. */
  readonly loads?: number;
  /** Share of the tokens whose logits are computed. Default: none, as in scoring. */
  readonly logitShare?: number;
};

type Cost = {
  readonly tokens: number;
  /** Ubatches: each goes through all layers once. */
  readonly passes: number;
  /** Filling memory, GPUs and other machines. */
  readonly loading: Work;
  /** Everything else; `disk`: what does not stay in memory. */
  readonly running: Work;
  readonly residency: HostReading['residency'];
  /** Weights that belong to the host but are not in its memory. */
  readonly onDiskBytes: number;
  readonly memory: ScoringEstimate['memory'];
};

const F32_BYTES = 4;

/** Pairs of a token and one that it attends to, including itself: Σ n (n + 1) / 2 over the sequences. */
export function attendedPairs(lengths: readonly number[]): number {
  return sum(lengths.map((n) => (n * (n + 1)) / 2));
}

/**
 * FLOPs of one layer: for each token 2 · parameters, of which nExpertUsed / nExpert of the routed experts' count; and
 * 2 · heads · (key + value length) for each attended pair.
 */
function layerFlops(shape: ModelShape, layer: LayerShape, tokens: number, attended: number): number {
  const { keyLength, valueLength } = shape;
  const attention = layer.nHeadKv === 0 ? 0 : 2 * layer.nHead * (keyLength + valueLength) * attended;
  return 2 * activeInLayer(shape, layer) * tokens + attention;
}

type Place = Omit<ScoringEstimate['memory'][number], 'weightsBytes' | keyof Buffers> & { readonly isShared: boolean };

function listPlaces({ load, snapshot: { host, gpus, machines } }: ScoringPlan): Place[] {
  const devices = [...machines, ...gpus];
  const availableBytes = Math.max(0, host.freeBytes - RESERVED_BYTES);
  return [
    { device: 'CPU', kind: 'host', availableBytes, isShared: false },
    ...load.devices.map((name): Place => {
      const { kind = 'gpu', label, freeBytes = 0, isShared = false } = devices.find((one) => one.name === name) ?? {};
      return { device: kind === 'machine' ? (label ?? name) : name, kind, availableBytes: freeBytes, isShared };
    }),
  ];
}

/**
 * The cost of a planned run.
 *
 * - Reading: all weights once, and each time that the model is loaded anew, what had stayed in memory. If the host's mapped weights
 *   do not fit into the memory that cache and buffers leave, further passes read them again: `toReading`.
 * - Computing: one device after the other. llama.cpp sends host weights to the first GPU for every ubatch of more than a few tokens.
 * - Links: nEmbd · 4 bytes a token for each end of a step between devices that is not the host; for each token and MoE layer,
 *   number, weight and norm of each used expert and three scalars; and experts that are sent to a GPU once a pass.
 */
export function planCost(plan: ScoringPlan, { rounds = 1, loads = 1, logitShare = 0 }: Repeats = {}): Cost {
  const { shape, batch, load } = plan;
  const sequences = passesThrough(plan, batch.nUbatch);
  const ubatches = ubatchSizes(sequences, batch.nUbatch);
  const tokens = rounds * sum(ubatches);
  const passes = rounds * ubatches.length;
  const slices = rounds * allSlices(ubatches, batch);
  const attended = rounds * attendedPairs(sequences.flat().map((window) => sumTokens([window])));

  const places = listPlaces(plan);
  const firstGpu = places.findIndex(({ kind }) => kind === 'gpu');
  const map = layerMap(shape, load);
  const held = places.map(() => ({ weights: 0, flops: 0, sent: 0 }));
  const step = (from: number, to: number): void => {
    if (from !== to) for (const end of [from, to]) held[end]!.sent += shape.nEmbd * F32_BYTES * tokens;
  };
  let before = HOST;
  shape.layers.forEach((layer, at) => {
    const { others, experts } = map.layers[at]!;
    const runOn = experts === HOST && layer.isMoe ? Math.max(HOST, firstGpu) : experts;
    const withoutExperts = { ...layer, experts: { bytes: 0, parameters: 0 } };
    const ofOthers = layerFlops(shape, withoutExperts, tokens, attended);
    held[others]!.weights += layer.others.bytes;
    held[others]!.flops += ofOthers;
    held[experts]!.weights += layer.experts.bytes;
    held[runOn]!.flops += layerFlops(shape, layer, tokens, attended) - ofOthers;
    step(before, others);
    before = others;
    if (!layer.isMoe) return;
    step(others, runOn);
    step(runOn, others);
    held[runOn]!.sent += tokens * 3 * F32_BYTES * (shape.nExpertUsed + 1);
    if (experts !== runOn) held[runOn]!.sent += layer.experts.bytes * passes;
  });
  if (logitShare > 0) {
    held[map.output]!.weights += shape.outputHead.bytes;
    held[map.output]!.flops += 2 * shape.outputHead.parameters * tokens * logitShare;
  }

  const memory = places.map(({ isShared: _, ...place }, at) => ({
    ...place,
    weightsBytes: held[at]!.weights,
    ...(plan.buffers?.[at] ?? { kvBytes: 0, computeBytes: 0 }),
  }));
  const uses = memory.map((use, at) => ({ isShared: places[at]!.isShared, bytes: bytesIn(use) }));
  const [onHost, ...onDevices] = memory;
  const free = onHost!.availableBytes - onHost!.kvBytes - onHost!.computeBytes - sharedBytes(uses.slice(1));
  const { readBytes, residency } = toReading(hostWeights(shape.layers, map.layers, load.repack), free, passes, slices);
  const residentBytes = Math.max(0, Math.min(free, onHost!.weightsBytes));
  const stays = residency === 'all';
  const over = (kind: Place['kind'], of: (at: number) => number): number =>
    sum(places.map((place, at) => (place.kind === kind ? of(at) : 0)));
  const filled = (kind: Place['kind']): number => loads * over(kind, (at) => held[at]!.weights);
  return {
    tokens,
    passes,
    loading: {
      disk: filled('gpu') + filled('machine') + (loads - 1) * residentBytes + (stays ? readBytes : 0),
      bus: filled('gpu'),
      network: filled('machine'),
    },
    running: {
      disk: stays ? 0 : readBytes,
      host: over('host', (at) => held[at]!.flops),
      gpu: over('gpu', (at) => held[at]!.flops),
      machine: over('machine', (at) => held[at]!.flops),
      bus: over('gpu', (at) => held[at]!.sent),
      network: over('machine', (at) => held[at]!.sent),
    },
    residency,
    onDiskBytes: onHost!.weightsBytes - residentBytes,
    memory: [{ ...onHost!, weightsBytes: residentBytes }, ...onDevices],
  };
}

function bytesIn({ weightsBytes, kvBytes, computeBytes }: ScoringEstimate['memory'][number]): number {
  return weightsBytes + kvBytes + computeBytes;
}

/** The seconds of a planned run, loading included. */
export function secondsOfCost({ loading, running }: Cost, rates: Rates): number {
  return secondsOf(loading, rates) + secondsOf(running, rates);
}

export type RunRates = {
  readonly rates: Rates;
  /** They are those of typical machines. */
  readonly isRough: boolean;
};

/** What the planned run will read, hold in memory and take. */
export function toEstimate(plan: ScoringPlan, { rates, isRough }: RunRates, repeats: Repeats = {}): ScoringEstimate {
  const cost = planCost(plan, repeats);
  const { tokens, passes, loading, running, memory, onDiskBytes } = cost;
  return {
    demos: plan.lengths.length,
    tokens: Math.ceil(tokens),
    nUbatch: plan.batch.nUbatch,
    ubatches: Math.ceil(passes),
    nSlice: sliceTokens(plan.batch),
    kvType: plan.batch.kvType,
    layers: countLayers(plan),
    memory: memory.filter(({ kind, weightsBytes }) => kind === 'host' || weightsBytes > 0),
    onDiskBytes,
    readBytes: (loading.disk ?? 0) + (running.disk ?? 0),
    seconds: secondsOfCost(cost, rates),
    isRough,
    warnings: findWarnings(plan, cost),
  };
}

function countLayers({ shape, load }: ScoringPlan): ScoringEstimate['layers'] {
  const all = layerCount(shape);
  const offloaded = all - firstOffloaded(shape, load.devices.length === 0 ? 0 : load.gpuLayers);
  const { layers } = layerMap(shape, load);
  const moe = layers.filter((_, at) => shape.layers[at]?.isMoe);
  return { all, offloaded, moe: moe.length, hostExperts: moe.filter(({ experts }) => experts === HOST).length };
}

function findWarnings({ lengths, window = Infinity }: ScoringPlan, cost: Cost): EstimateWarning[] {
  const { memory, passes, residency, running, loading } = cost;
  const warnings = memory.flatMap((use): EstimateWarning[] => {
    const neededBytes = use.kind === 'host' ? use.kvBytes + use.computeBytes : bytesIn(use);
    const { device, availableBytes } = use;
    return neededBytes > availableBytes ? [{ key: 'tooSmall', device, neededBytes, availableBytes }] : [];
  });
  if (residency !== 'all' && passes > 1) {
    const bytes = Math.round(((running.disk ?? 0) + (loading.disk ?? 0)) / passes);
    warnings.push({ key: 'readAgain', bytes, ubatches: Math.ceil(passes) });
  }
  const demos = lengths.filter((tokens) => tokens > window).length;
  return demos === 0 ? warnings : [...warnings, { key: 'windowed', demos, tokens: window }];
}
