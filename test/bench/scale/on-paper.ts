// The cost function applied to published models on machines that nobody measured here: all their rates are assumptions.
import { displayBytes } from '../../../electron/contract/display-bytes.ts';
import {
  costOf,
  type Cost,
  type Device,
  type LayerPlace,
  type Passes,
  type CostedPlaces,
} from '../../../electron/engine/models/placement/cost.ts';
import { passBytes, type ModelShape } from '../../../electron/engine/models/placement/model-shape.ts';
import { planPasses } from '../../../electron/engine/models/placement/passes.ts';
import { chooseBatch } from '../../../electron/engine/models/placement/choose-batch.ts';
import { hostWeights } from '../../../electron/engine/models/placement/reading.ts';
import { table } from '../measured-documents.ts';
import { PUBLISHED_MODELS, publishedShape } from './published-models.ts';

const DEMOS = 25;
const DEMO_TOKENS = 2000;
const GB = 1e9;
/** Share of a device's memory that layers may take; its part of the cache and the buffers need the rest. */
const LAYER_SHARE = 0.8;

type Machine = {
  readonly name: string;
  readonly host: Pick<Device, 'flops' | 'memoryRate' | 'memoryBytes'>;
  readonly gpu: (Pick<Device, 'flops' | 'memoryRate' | 'memoryBytes'> & { readonly busRate: number }) | null;
  /** How many more of the same lend their memory over the network. */
  readonly others: number;
  readonly disk: { readonly rate: number; readonly overlap: number };
  readonly basis: string;
};

const BUS_LATENCY = 20e-6;
/** Ten gigabit Ethernet. */
const NETWORK = { rate: 1.1 * GB, latency: 200e-6 };

const LAPTOP: Machine = {
  name: '32 GB laptop',
  host: { flops: 0.3e12, memoryRate: 60 * GB, memoryBytes: 26 * GB },
  gpu: null,
  others: 0,
  disk: { rate: 3 * GB, overlap: 0 },
  basis:
    'half of what a desktop processor gave LLaMA 7B in 2023 (55 tokens/s, that is 0.74 TFLOP/s: ggml-org/llama.cpp#34); NVMe of PCIe 4 with four lanes, less than its label',
};
const WITH_GPU: Machine = {
  name: '64 GB and a 24 GB GPU',
  host: { flops: 0.6e12, memoryRate: 70 * GB, memoryBytes: 58 * GB },
  gpu: { flops: 25e12, memoryRate: 900 * GB, memoryBytes: 22 * GB, busRate: 20 * GB },
  others: 0,
  disk: { rate: 5 * GB, overlap: 0 },
  basis:
    'half of what an RTX 3090 gave a dense model of 27B (949 tokens/s, that is 51 TFLOP/s: noonghunna/club-3090#1380), since experts see few tokens each; PCIe 4 of 16 lanes at 20 GB/s',
};
const MAC: Machine = {
  name: '192 GB Mac',
  // one memory for both, of which the GPU may have three quarters; what lies in the rest is copied within it
  host: { flops: 0.6e12, memoryRate: 200 * GB, memoryBytes: 37 * GB },
  gpu: { flops: 7e12, memoryRate: 800 * GB, memoryBytes: 147 * GB, busRate: 100 * GB },
  others: 0,
  disk: { rate: 5 * GB, overlap: 0 },
  basis:
    'half of what an M2 Ultra gave LLaMA 7B as Q4_K_M in 2023 (1028 tokens/s, that is 13.9 TFLOP/s: ggml-org/llama.cpp#3084); the GPU may use three quarters of the memory, and copies the rest at 100 GB/s',
};
const MACHINES: readonly Machine[] = [
  LAPTOP,
  WITH_GPU,
  MAC,
  {
    ...WITH_GPU,
    name: 'three of 64 GB with GPU',
    others: 2,
    basis: 'the same three times, with 10 Gbit/s between them',
  },
  { ...MAC, name: 'three such Macs', others: 2, basis: 'the same three times, with 10 Gbit/s between them' },
];

/** The tables, and what they assume. */
export async function onPaper(): Promise<string> {
  const shapes = PUBLISHED_MODELS.map((model) => ({ model, shape: publishedShape(model) }));
  const rows: string[][] = [];
  for (const { model, shape } of shapes) {
    const cells = await Promise.all(MACHINES.map(async (machine) => cellOf(await estimate(shape, machine))));
    rows.push([model.name, displayBytes(fileBytes(shape)), ...cells]);
  }
  const assumed = MACHINES.map(({ name, host, gpu, disk, basis }) => [
    name,
    `${(host.memoryBytes / GB).toFixed(0)} GB${gpu ? ` and ${(gpu.memoryBytes / GB).toFixed(0)} GB` : ''}`,
    `${(host.flops / 1e12).toFixed(1)}${gpu ? ` and ${(gpu.flops / 1e12).toFixed(0)}` : ''} TFLOP/s`,
    `${(disk.rate / GB).toFixed(0)} GB/s`,
    basis,
  ]);
  return `Computed by \`npm run bench:scale -- paper --write\`. **Nothing here was measured**: the figures are as good as the rates below, and those may be off by a factor of two.

Scoring ${DEMOS} demos of ${DEMO_TOKENS} tokens (${DEMOS * DEMO_TOKENS} tokens). Cells give the likely time from a cold start (loading, sending weights to the
other machines, and scoring), what takes longest, the ubatches and what they read from the disk, and with several machines what crosses the network
while scoring. Several machines take the faster of two plans: the others lend their GPUs alone, or their RAM too, in which their own
processors do the computing.

${table(['model', 'file', ...MACHINES.map(({ name }) => name)], rows)}

What is assumed of the machines: memory that may be used, prefill on quantised weights, disk.

${table(['machine', 'memory', 'computing', 'disk', 'by'], assumed)}

Shapes are those of the models' config.json on huggingface.co; files are Q4_K_M at 4.85 bits a weight, gpt-oss-120b as published (experts 4.25, the rest 8.5).`;
}

type Estimated = { readonly cost: Cost; readonly passes: Passes };

async function estimate(shape: ModelShape, machine: Machine): Promise<Estimated> {
  const plans = [place(shape, machine, true), place(shape, machine, false)];
  const [lent, gpusAlone] = await Promise.all(plans.map((placed) => estimatePlaced(shape, placed, machine)));
  return gpusAlone!.cost.seconds < lent!.cost.seconds ? gpusAlone! : lent!;
}

async function estimatePlaced(shape: ModelShape, placed: CostedPlaces, machine: Machine): Promise<Estimated> {
  const { layers } = placed;
  const lengths = new Array<number>(DEMOS).fill(DEMO_TOKENS);
  const cached = shape.layers.reduce(
    (sum, layer, at) => sum + (layers[at]?.others === 0 ? layer.cachedElements : 0),
    0,
  );
  const batch = await chooseBatch({
    lengths,
    alone: false,
    nUbatch: 'auto',
    begun: null,
    weights: hostWeights(shape, layers, placed.repack),
    roomBytes: machine.host.memoryBytes,
    measure: (batches) =>
      Promise.resolve(
        batches.map((one) => {
          const passes = planPasses(shape, { lengths, alone: false }, one);
          const fits = costOf(shape, placed, passes, machine.disk).tooSmall.length === 0;
          return fits ? passes.computeBytes + cached * passes.kvCells * passes.kvElementBytes : Infinity;
        }),
      ),
  });
  const passes = planPasses(shape, { lengths, alone: false }, batch);
  return { cost: costOf(shape, placed, passes, machine.disk), passes };
}

/**
 * All but the routed experts on the GPU, and the experts of the last layers, as many as fit; then whole layers on other
 * machines, their GPUs first; the rest stays here, in RAM or on the disk.
 * @param lendsRam whether the others lend their RAM, too: their processors run what lies there
 */
function place(shape: ModelShape, { host, gpu, others }: Machine, lendsRam: boolean): CostedPlaces {
  const devices: Device[] = [{ name: 'host', kind: 'host', ...host, isShared: false, link: null }];
  if (gpu)
    devices.push({
      name: 'GPU',
      kind: 'gpu',
      ...gpu,
      isShared: false,
      link: { rate: gpu.busRate, latency: BUS_LATENCY },
    });
  for (let other = 0; other < others; other++) {
    if (gpu) devices.push({ name: `GPU of ${other}`, kind: 'machine', ...gpu, isShared: false, link: NETWORK });
    if (lendsRam) devices.push({ name: `RAM of ${other}`, kind: 'machine', ...host, isShared: false, link: NETWORK });
  }
  const runsHere = gpu ? 1 : 0;
  const room = devices.map(({ memoryBytes }) => LAYER_SHARE * memoryBytes);
  const remote = devices.flatMap(({ kind }, at) => (kind === 'machine' ? [at] : []));
  remote.sort((a, b) => devices[b]!.flops - devices[a]!.flops);
  const layers: LayerPlace[] = new Array<LayerPlace>(shape.layers.length);
  const whole = ({ others: rest, experts }: ModelShape['layers'][number]): number => rest.bytes + experts.bytes;
  const hereBytes = (room[0] ?? 0) + (gpu ? (room[1] ?? 0) : 0);
  let left = passBytes(shape);
  let next = shape.layers.length - 1;
  for (const at of remote) {
    while (next >= 0 && left > hereBytes && (room[at] ?? 0) >= whole(shape.layers[next]!)) {
      room[at] = (room[at] ?? 0) - whole(shape.layers[next]!);
      left -= whole(shape.layers[next]!);
      layers[next] = { others: at, experts: at, expertsRunOn: at };
      next--;
    }
  }
  if (!gpu) {
    for (let at = 0; at <= next; at++) layers[at] = { others: 0, experts: 0, expertsRunOn: 0 };
    return { devices, layers, output: 0, repack: 'none' };
  }
  let free = (room[1] ?? 0) - shape.layers.slice(0, next + 1).reduce((sum, layer) => sum + layer.others.bytes, 0);
  for (let at = next; at >= 0; at--) {
    const { experts } = shape.layers[at]!;
    const fits = free >= experts.bytes;
    if (fits) free -= experts.bytes;
    layers[at] = { others: runsHere, experts: fits ? runsHere : 0, expertsRunOn: runsHere };
  }
  return { devices, layers, output: runsHere, repack: 'none' };
}

function fileBytes(shape: ModelShape): number {
  return passBytes(shape) + shape.tokenEmbedding.bytes + shape.outputHead.bytes + shape.rest.bytes;
}

function cellOf({ cost, passes }: Estimated): string {
  if (cost.tooSmall.length > 0) return `no: ${cost.tooSmall[0]?.name} too small`;
  const network = cost.networkBytes > 0 ? `, ${displayBytes(cost.networkBytes)} over the network` : '';
  return `${duration(cost.seconds)}, ${cost.limit}; ${passes.count} ×, ${displayBytes(cost.readBytes)}${network}`;
}

function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(0)} s`;
  return seconds < 100 * 60 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
