// What a scoring pass costs on given devices, before anything is loaded: bytes read, FLOPs, bytes over links, memory,
// seconds. Pure functions of a model's shape, the division of its tokens, the places of its layers, and the devices' rates.
// docs/SCALE.md has the same formulas in one place, and compares them with measured runs.
import type { COST_LIMITS } from '../../../contract/api/runs.ts';
import { hostRoom } from './host-room.ts';
import { HOST, type LayerMap } from './layer-map.ts';
import type { LayerShape, ModelShape } from './model-shape.ts';
import { activeInLayer } from './model-shape.ts';
import { hostWeights, readingOf, type HostReading } from './reading.ts';
import type { Repack } from '../../../contract/repack.ts';

/** A place that holds layers, or runs them. */
export type Device = {
  readonly name: string;
  /** `host`: this machine's processor and RAM. `machine`: another machine's memory, over the network. */
  readonly kind: 'host' | 'gpu' | 'machine';
  /** Rate of a prefill's matrix products, FLOP/s. */
  readonly flops: number;
  /** Rate at which its memory is read, bytes/s. */
  readonly memoryRate: number;
  /** What weights, cache and buffers together may take of it. */
  readonly memoryBytes: number;
  /** Whether it has no memory of its own, but uses part of the host's. */
  readonly isShared: boolean;
  /** The link between it and the host, bytes/s and seconds a round trip; null for the host. */
  readonly link: { readonly rate: number; readonly latency: number } | null;
};

/** Where one layer lies, as indices of devices. */
export type LayerPlace = LayerMap['layers'][number] & {
  /** Where the experts are multiplied: llama.cpp sends experts in RAM to the GPU for every large ubatch. */
  readonly expertsRunOn: number;
};

export type CostedPlaces = {
  /** The first one is the host. */
  readonly devices: readonly Device[];
  /** One for each of the shape's layers. */
  readonly layers: readonly LayerPlace[];
  /** The device that has the output head. */
  readonly output: number;
  readonly repack: Repack;
};

/** How the tokens pass through the model. */
export type Passes = {
  readonly tokens: number;
  /** Ubatches: each goes through all layers once. */
  readonly count: number;
  /** Parts that the ubatches' routed experts are computed in, one after the other. */
  readonly slices: number;
  /** Pairs of a token and one that it attends to, over all tokens; the same in each layer. */
  readonly attended: number;
  /** Tokens whose logits are computed. */
  readonly logitRows: number;
  /** How often the model is loaded. */
  readonly loads: number;
  /** Cells of the cache, for all sequences that run at once. */
  readonly kvCells: number;
  /** 2 for f16, 34 / 32 for q8_0. */
  readonly kvElementBytes: number;
  /** Compute buffers of a device that runs layers, by a formula. */
  readonly computeBytes: number;
  /** Cache and compute buffers of each device as llama.cpp would allocate them; null: not asked, so formulas are used. */
  readonly buffers: readonly Buffers[] | null;
  /** Bytes of one ubatch's attention mask, which is sent to every device except the host. */
  readonly attentionMaskBytes: number;
};

export type Buffers = { readonly kvBytes: number; readonly computeBytes: number };

type Disk = {
  /** Bytes/s at which weights that are not in memory are read. */
  readonly rate: number;
  /** Share of the shorter of reading and computing that overlaps the longer: 0 one after the other, 1 at the same time. */
  readonly overlap: number;
};

type MemoryUse = Buffers & {
  readonly device: Device;
  /** Weights stored there; for the host, those that stay in memory through the run. */
  readonly weightsBytes: number;
};

type Limit = (typeof COST_LIMITS)[number];

export type Cost = {
  /** Floating-point operations of matrix products and attention. */
  readonly flops: number;
  /** Bytes read from disk: for loading, and again in the passes. */
  readonly readBytes: number;
  /** Which of the host's weights stay in memory after the first pass. */
  readonly residency: HostReading['residency'];
  /** Weights that belong to the host but are not in its memory. */
  readonly onDiskBytes: number;
  /** Bytes to and from other machines during scoring. */
  readonly networkBytes: number;
  /** Bytes of weights sent to other machines before scoring. */
  readonly sentBytes: number;
  readonly memory: readonly MemoryUse[];
  /** Devices whose memory cannot even hold cache and buffers or, except on the host, the weights. */
  readonly tooSmall: readonly Device[];
  /** Time to fill GPUs and other machines. What the host maps is read as it is used. */
  readonly loadSeconds: number;
  readonly seconds: number;
  readonly parts: Readonly<Record<Limit, number>>;
  readonly limit: Limit;
};

const F32_BYTES = 4;
/** Expert numbers, gate weights, norms, and the scalars of a token: each is fetched separately. */
const TAPPED_TENSORS = 4;

/** Bytes that taps fetch from a device for a token and layer: number, weight and norm of each used expert, and three scalars. */
export function tappedBytes(nExpertUsed: number): number {
  return 3 * F32_BYTES * nExpertUsed + 3 * F32_BYTES;
}

/** Pairs of a token and one that it attends to, including itself: Σ n (n + 1) / 2 over the sequences. */
export function attendedPairs(lengths: readonly number[]): number {
  return lengths.reduce((sum, n) => sum + (n * (n + 1)) / 2, 0);
}

/**
 * FLOPs of one layer: for each token 2 · parameters, of which nExpertUsed / nExpert of the routed experts' count; and
 * 2 · heads · (key + value length) for each attended pair.
 */
export function layerFlops(shape: ModelShape, layer: LayerShape, passes: Pick<Passes, 'tokens' | 'attended'>): number {
  const products = 2 * activeInLayer(shape, layer) * passes.tokens;
  return products + attentionFlops(shape, layer, passes.attended);
}

function attentionFlops({ keyLength, valueLength }: ModelShape, { nHead, nHeadKv }: LayerShape, attended: number) {
  return nHeadKv === 0 ? 0 : 2 * nHead * (keyLength + valueLength) * attended;
}

/**
 * The cost of a run.
 *
 * - Reading: all weights once, and each time that the model is loaded anew, what had stayed in memory. If the host's mapped weights
 *   do not fit into the memory that cache and buffers leave, every further pass reads them again, except for the first layers. The
 *   engine keeps as many of these as fit beside the layer that is computed and the one that is read ahead. If not even one layer
 *   fits, each slice reads the layer's experts again.
 * - Computing, for each device: max(FLOPs / its rate, passes · bytes of its weights / its memory's rate), one device after
 *   the other, since llama.cpp does not overlap ubatches across devices that it reaches by RPC.
 * - Links: nEmbd · 4 bytes a token for each end of a step between devices that is not the host, the mask for each device and
 *   pass, the taps of layers that are not on the host, and experts that are sent to a GPU once a pass.
 * - Seconds: loading + computing + links + reading, minus `overlap` of the shorter of reading and the host's and bus's work, which
 *   passes during the longer.
 */
export function costOf(shape: ModelShape, placed: CostedPlaces, passes: Passes, disk: Disk): Cost {
  const { devices } = placed;
  const shares = devices.map((_, device) => shareOf(shape, placed, passes, device));
  const [host] = devices;
  const [hostShare] = shares;
  if (!host || !hostShare) throw new Error('the first device is the host');
  const room = hostRoom(
    host.memoryBytes,
    hostShare.kvBytes + hostShare.computeBytes,
    devices.slice(1).map(({ isShared }, at) => ({ isShared, bytes: totalBytes(shares[at + 1]!) })),
  );
  const uses = { ubatches: passes.count, slices: passes.slices };
  const reading = readingOf(hostWeights(shape, placed.layers, placed.repack), room, uses);
  const residentBytes = Math.max(0, Math.min(room, hostShare.storedBytes));
  const elsewhere = shares.slice(1).reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  const links = linksOf(shape, placed, passes);

  const loadedAgain = passes.loads - 1;
  const readSeconds = (reading.bytes + loadedAgain * residentBytes) / disk.rate;
  const parts: Record<Limit, number> = { compute: 0, memory: 0, disk: readSeconds, bus: 0, network: 0 };
  let hostSeconds = 0;
  let loadSeconds = 0;
  devices.forEach((device, at) => {
    const share = shares[at]!;
    const computing = share.flops / device.flops;
    const fetching = (passes.count * share.ranBytes) / device.memoryRate;
    parts[computing >= fetching ? 'compute' : 'memory'] += Math.max(computing, fetching);
    const { link } = device;
    if (!link) {
      hostSeconds += Math.max(computing, fetching);
      return;
    }
    const linked = device.kind === 'machine' ? 'network' : 'bus';
    const { bytes, trips } = links[at]!;
    parts[linked] += bytes / link.rate + trips * link.latency;
    const load = passes.loads * Math.max(share.storedBytes / disk.rate, share.storedBytes / link.rate);
    parts[link.rate < disk.rate ? linked : 'disk'] += load;
    loadSeconds += load;
  });
  const running = Object.values(parts).reduce((sum, seconds) => sum + seconds, 0) - readSeconds - loadSeconds;
  const overlapped = disk.overlap * Math.min(readSeconds, sendsExperts(placed) ? running : hostSeconds);
  const [limit] = (Object.entries(parts) as [Limit, number][]).reduce((most, part) =>
    part[1] > most[1] ? part : most,
  );
  return {
    flops: shares.reduce((sum, { flops }) => sum + flops, 0),
    readBytes: reading.bytes + loadedAgain * residentBytes + passes.loads * elsewhere,
    residency: reading.residency,
    onDiskBytes: hostShare.storedBytes - residentBytes,
    networkBytes: links.reduce((sum, { bytes }, at) => sum + (devices[at]?.kind === 'machine' ? bytes : 0), 0),
    sentBytes: shares.reduce(
      (sum, { storedBytes }, at) => sum + (devices[at]?.kind === 'machine' ? passes.loads * storedBytes : 0),
      0,
    ),
    memory: devices.map((device, at) => ({
      device,
      weightsBytes: at === HOST ? residentBytes : shares[at]!.storedBytes,
      kvBytes: shares[at]!.kvBytes,
      computeBytes: shares[at]!.computeBytes,
    })),
    tooSmall: devices.filter((device, at) => {
      const { kvBytes, computeBytes, storedBytes } = shares[at]!;
      return kvBytes + computeBytes + (at === HOST ? 0 : storedBytes) > device.memoryBytes;
    }),
    loadSeconds,
    seconds: loadSeconds + running + readSeconds - overlapped,
    parts,
    limit,
  };
}

/** Whether experts are sent from RAM to a GPU, which then computes while the system reads the next ones. */
function sendsExperts({ layers }: CostedPlaces): boolean {
  return layers.some(({ experts, expertsRunOn }) => experts === HOST && expertsRunOn !== HOST);
}

type Share = Buffers & {
  readonly storedBytes: number;
  /** Weights of the parts of layers that it runs. */
  readonly ranBytes: number;
  readonly flops: number;
};

function shareOf(shape: ModelShape, { layers, output }: CostedPlaces, passes: Passes, device: number): Share {
  let storedBytes = 0;
  let ranBytes = 0;
  let flops = 0;
  let cached = 0;
  shape.layers.forEach((layer, at) => {
    const place = layers[at];
    if (!place) throw new Error('every layer has a place');
    const ofExperts = expertFlops(shape, layer, passes.tokens);
    if (place.others === device) {
      storedBytes += layer.others.bytes;
      ranBytes += layer.others.bytes;
      cached += layer.cachedElements;
      flops += layerFlops(shape, layer, passes) - ofExperts;
    }
    if (place.experts === device) storedBytes += layer.experts.bytes;
    if (place.expertsRunOn === device) {
      ranBytes += layer.experts.bytes;
      flops += ofExperts;
    }
  });
  if (device === output && passes.logitRows > 0) {
    const { outputHead, tokenEmbedding } = shape;
    storedBytes += outputHead.bytes;
    // a model without an output head of its own uses the token embedding
    ranBytes += outputHead.bytes || tokenEmbedding.bytes;
    flops += 2 * outputHead.parameters * passes.logitRows;
  }
  const runs = device === HOST || ranBytes > 0;
  const kvBytes = Math.ceil(cached * passes.kvCells * passes.kvElementBytes);
  const buffers = passes.buffers?.[device] ?? { kvBytes, computeBytes: runs ? passes.computeBytes : 0 };
  return { storedBytes, ranBytes, flops, ...buffers };
}

function expertFlops({ nExpert, nExpertUsed }: ModelShape, { experts }: LayerShape, tokens: number): number {
  return nExpert > 0 ? (2 * experts.parameters * nExpertUsed * tokens) / nExpert : 0;
}

function totalBytes({ storedBytes, kvBytes, computeBytes }: Share): number {
  return storedBytes + kvBytes + computeBytes;
}

type Link = { bytes: number; trips: number };

/** The bytes and round trips that cross each device's link during scoring. */
function linksOf(shape: ModelShape, { devices, layers }: CostedPlaces, passes: Passes): Link[] {
  const links = devices.map((): Link => ({ bytes: 0, trips: 0 }));
  const cross = (device: number, bytes: number, trips: number): void => {
    const link = links[device];
    if (device === HOST || !link) return;
    link.bytes += bytes;
    link.trips += trips;
  };
  const step = (from: number, to: number): void => {
    if (from === to) return;
    for (const end of [from, to]) cross(end, shape.nEmbd * F32_BYTES * passes.tokens, passes.count);
  };
  let at = HOST;
  shape.layers.forEach((layer, index) => {
    const { others, experts, expertsRunOn } = layers[index]!;
    step(at, others);
    at = others;
    if (!layer.isMoe) return;
    step(others, expertsRunOn);
    step(expertsRunOn, others);
    cross(expertsRunOn, tappedBytes(shape.nExpertUsed) * passes.tokens, TAPPED_TENSORS * passes.count);
    if (experts !== expertsRunOn) cross(expertsRunOn, layer.experts.bytes * passes.count, passes.count);
  });
  devices.forEach((_, device) => {
    const runs = layers.some(({ others }) => others === device);
    if (runs) cross(device, passes.attentionMaskBytes * passes.count, passes.count);
  });
  return links;
}
