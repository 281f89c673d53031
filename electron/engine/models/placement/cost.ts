// What a scoring pass costs on given devices, before anything is loaded: bytes read, FLOPs, bytes over links, memory,
// seconds. Pure functions of a model's shape, how its tokens are cut, where its layers lie, and the devices' rates.
// docs/SCALE.md has the same formulas in one place, and how they compare with measured runs.
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
  /** What weights, cache and buffers may take of it together. */
  readonly memoryBytes: number;
  /** It has no memory of its own, but a part of the host's. */
  readonly isShared: boolean;
  /** Between it and the host, bytes/s and seconds a round trip; null for the host. */
  readonly link: { readonly rate: number; readonly latency: number } | null;
};

/** Where one layer lies, as indices of devices. */
export type LayerPlace = LayerMap['layers'][number] & {
  /** Where they are multiplied: llama.cpp sends experts that lie in RAM to the GPU for every large ubatch. */
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

/** How the tokens go through the model. */
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
  /** Cells of the cache, of all sequences that run at once. */
  readonly kvCells: number;
  /** 2 for f16, 34 / 32 for q8_0. */
  readonly kvElementBytes: number;
  /** Compute buffers of a device that runs layers, by a formula. */
  readonly computeBytes: number;
  /** Cache and compute buffers of each device as llama.cpp would allocate them; null: not asked, the formulas stand in. */
  readonly buffers: readonly Buffers[] | null;
  /** The attention mask of one ubatch, which every device beside the host is sent. */
  readonly attentionMaskBytes: number;
};

export type Buffers = { readonly kvBytes: number; readonly computeBytes: number };

type Disk = {
  /** Bytes/s of reading weights that are not in memory. */
  readonly rate: number;
  /** Share of the shorter of reading and computing that passes during the longer one: 0 one after the other, 1 at once. */
  readonly overlap: number;
};

type MemoryUse = Buffers & {
  readonly device: Device;
  /** Stored there; of the host's, what stays in memory through the run. */
  readonly weightsBytes: number;
};

type Limit = (typeof COST_LIMITS)[number];

export type Cost = {
  /** Floating-point operations of matrix products and attention. */
  readonly flops: number;
  /** Bytes read from disk: loading, and what the passes read again. */
  readonly readBytes: number;
  /** What of the host's weights stays in memory after the first pass. */
  readonly residency: HostReading['residency'];
  /** Weights that lie in the host's share but not in its memory. */
  readonly onDiskBytes: number;
  /** To and from other machines, while scoring. */
  readonly networkBytes: number;
  /** Weights sent to other machines before. */
  readonly sentBytes: number;
  readonly memory: readonly MemoryUse[];
  /** Devices whose memory does not even hold cache and buffers, or, beside the host, their weights. */
  readonly tooSmall: readonly Device[];
  /** Time to fill GPUs and machines. What the host maps is read as it is used. */
  readonly loadSeconds: number;
  readonly seconds: number;
  readonly parts: Readonly<Record<Limit, number>>;
  readonly limit: Limit;
};

const F32_BYTES = 4;
/** Expert numbers, gate weights, norms, and the scalars of a token: each is fetched by itself. */
const TAPPED_TENSORS = 4;

/** Bytes that taps bring from a device for a token and layer: number, weight and norm of each used expert, three scalars. */
export function tappedBytes(nExpertUsed: number): number {
  return 3 * F32_BYTES * nExpertUsed + 3 * F32_BYTES;
}

/** Pairs of a token and one that it attends to, its own included: Σ n (n + 1) / 2 over the sequences. */
export function attendedPairs(lengths: readonly number[]): number {
  return lengths.reduce((sum, n) => sum + (n * (n + 1)) / 2, 0);
}

/**
 * FLOPs of one layer: 2 · parameters for each token, of the routed experts' nExpertUsed / nExpert; and
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
 * - Reading: all weights once, and again what had stayed in memory each time that the model is loaded anew. Where the host's mapped weights do not fit into what cache and buffers leave of its memory,
 *   every further pass reads them again, but for the first layers, which the engine keeps as far as there is room beside a
 *   layer that is computed and one that is read ahead. Where not even one layer fits, each slice reads the layer's experts
 *   for itself.
 * - Computing, for each device: max(FLOPs / its rate, passes · bytes of its weights / its memory's rate), one device after
 *   the other, since llama.cpp does not overlap ubatches across devices that it reaches by RPC.
 * - Links: nEmbd · 4 bytes a token for each end of a step between devices that is not the host, the mask for each device and
 *   pass, the taps of layers that are not the host's, and experts that are sent to a GPU once a pass.
 * - Seconds: loading + computing + links + reading, where `overlap` of the shorter of reading and the host's and bus's work
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

/** Whether a GPU is sent experts from RAM: then it computes while the system reads the next ones. */
function sendsExperts({ layers }: CostedPlaces): boolean {
  return layers.some(({ experts, expertsRunOn }) => experts === HOST && expertsRunOn !== HOST);
}

type Share = Buffers & {
  readonly storedBytes: number;
  /** Weights of the layers' parts that it runs. */
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
    // without one of its own the head is the token embedding
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

/** What crosses each device's link while scoring. */
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
