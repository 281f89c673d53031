// The model's layers on one, two and three machines of a network (in network namespaces of this one), against all of
// them here: speed, what passes over the wire, and whether the scores are the same bits.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelInfo } from '../../../electron/contract/model-info.ts';
import { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { loadModel } from '../../../electron/engine/models/placement/load-model.ts';
import type { LoadPlan } from '../../../electron/engine/models/placement/place-model.ts';
import type { Result } from '../../../electron/engine/base/backend/protocol.ts';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { inspectModel } from '../../../electron/engine/models/inspect.ts';
import { modelShape, type ModelShape } from '../../../electron/engine/models/placement/model-shape.ts';
import { namespacesRefused, TestNetwork, type RemoteMachine } from '../../network-namespaces.ts';
import { table } from '../measured-documents.ts';
import { estimatedNetworkBytes } from './estimated-network.ts';

const MACHINES = 3;
const ALL_LAYERS = 512;
const TOKENS = 2048;
const UBATCH = 1024;
/** The quickest counts: other work on the machine makes some slower. */
const PASSES = 2;
/** Tokens of one sequence. */
const SEQUENCE = 512;
/** Each machine can hold the whole model. */
const LENT_SHARE = 1.5;

type Measured = {
  readonly machines: number;
  readonly loadSeconds: number;
  readonly tokensPerSecond: number;
  /** Over all machines, both ways. */
  readonly wireBytes: number;
  readonly tappedBytes: number;
  readonly sequences: Result<'score'>['sequences'];
};

export type RpcBench = {
  readonly model: string;
  readonly threads: number;
  /** Receives one short line at a time. */
  readonly onProgress?: (line: string) => void;
};

/** @returns Markdown; where the system refuses namespaces, a line that says so */
export async function rpcBody({ model, threads, onProgress = () => {} }: RpcBench): Promise<string> {
  const problem = namespacesRefused();
  if (problem !== null) return `Not measured on this machine: ${problem}.`;
  const home = await mkdtemp(join(tmpdir(), 'winnow-rpc-bench-'));
  const network = new TestNetwork();
  try {
    using reader = new Backend('off');
    const inspected = await inspectModel(model, reader);
    const { info } = inspected;
    const lent = ['--memory', String(Math.ceil(info.bytes * LENT_SHARE)), '--threads', String(threads)];
    const machines: RemoteMachine[] = [];
    for (let i = 0; i < MACHINES; i++) machines.push(await network.add(home, ...lent));
    const measured: Measured[] = [];
    for (let used = 0; used <= MACHINES; used++) {
      onProgress(used === 0 ? 'rpc: all layers here' : `rpc: all layers on ${used} of ${MACHINES} machines`);
      measured.push(await measure(info, machines.slice(0, used), threads));
    }
    onProgress('rpc: a cable is pulled');
    const noticed = await secondsToNotice(info, machines, threads);
    return bodyOf(measured, { shape: modelShape(inspected), moeLayers: info.moeLayers.length, noticed });
  } finally {
    await network.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function measure(info: ModelInfo, machines: readonly RemoteMachine[], threads: number): Promise<Measured> {
  using backend = new Backend('off');
  const loading = performance.now();
  await load(backend, info, machines, threads);
  const loadSeconds = (performance.now() - loading) / 1000;
  await score(backend, info, threads); // reads what is mapped, and sends the graph
  let seconds = Infinity;
  let wireBytes = 0;
  let result: Result<'score'> | undefined;
  for (let pass = 0; pass < PASSES; pass++) {
    const before = traffic(machines);
    const started = performance.now();
    result = await score(backend, info, threads);
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
    wireBytes = traffic(machines) - before;
  }
  const { sequences, tappedBytes } = result!;
  const tokensPerSecond = TOKENS / seconds;
  return { machines: machines.length, loadSeconds, tokensPerSecond, wireBytes, tappedBytes, sequences };
}

/** On this machine's CPU, as other machines' CPUs compute. */
const NOT_REPACKED: LoadPlan = {
  devices: [],
  deviceLayers: [],
  gpuLayers: 0,
  cpuExpertLayers: 0,
  cpuExpertBlocks: [],
  repack: 'none',
};

async function load(backend: Backend, info: ModelInfo, machines: readonly RemoteMachine[], threads: number) {
  if (machines.length === 0) {
    const here = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0 } as const;
    return loadModel(backend, info, { ...here, rpc: [], threads }, { placed: NOT_REPACKED });
  }
  const rpc = machines.map(({ endpoint }) => endpoint);
  const everywhere = { gpu: 'off', gpuLayers: ALL_LAYERS, cpuExpertLayers: 0 } as const;
  return loadModel(backend, info, { ...everywhere, rpc, threads });
}

function score(backend: Backend, info: ModelInfo, nThreads: number): Promise<Result<'score'>> {
  const count = TOKENS / SEQUENCE;
  return backend.call('score', {
    sequences: Array.from({ length: count }, (_, s) =>
      Int32Array.from({ length: SEQUENCE }, (_token, i) => (7919 * i + 31 * s) % 200),
    ),
    moeLayers: Int32Array.from(info.moeLayers),
    gateInInput: false,
    nCtx: TOKENS,
    nUbatch: UBATCH,
    nSlice: 0,
    kvType: 'f16',
    nSeqMax: count,
    nLongest: SEQUENCE,
    nThreads,
    nTop: 3,
    paging: null,
    taps: true,
  });
}

function traffic(machines: readonly RemoteMachine[]): number {
  return machines.reduce((sum, machine) => {
    const { sent, received } = machine.traffic();
    return sum + sent + received;
  }, 0);
}

/** From the moment on which the last machine's link is down, while it holds a part of a model that computes. */
async function secondsToNotice(info: ModelInfo, machines: readonly RemoteMachine[], threads: number): Promise<number> {
  using backend = new Backend('off');
  await load(backend, info, machines, threads);
  await score(backend, info, threads);
  const failing = score(backend, info, threads).then(
    () => null,
    (error: unknown) => error,
  );
  await new Promise((done) => setTimeout(done, 1000));
  const lost = machines.at(-1)!;
  lost.pullCable();
  const pulled = performance.now();
  const error = await failing;
  const seconds = (performance.now() - pulled) / 1000;
  lost.plugCable();
  if (error instanceof WinnowError && error.code === 'MACHINE_UNAVAILABLE' && error.message.includes(lost.endpoint)) {
    return seconds;
  }
  throw new Error(`a pulled cable gave ${String(error)}`);
}

type Facts = { readonly shape: ModelShape; readonly moeLayers: number; readonly noticed: number };

function bodyOf(measured: readonly Measured[], { shape, moeLayers, noticed }: Facts): string {
  const [here] = measured;
  const { nEmbd } = shape;
  const lengths = new Array<number>(TOKENS / SEQUENCE).fill(SEQUENCE);
  const perTokenAndLayer = (bytes: number): number => bytes / TOKENS / moeLayers;
  const rows = measured.map((one) => [
    one.machines === 0 ? 'none: all here' : String(one.machines),
    one.tokensPerSecond.toFixed(0),
    `${(one.tokensPerSecond / here!.tokensPerSecond).toFixed(2)} ×`,
    one.machines === 0 ? '' : perTokenAndLayer(one.wireBytes).toFixed(0),
    one.machines === 0 ? '' : (estimatedNetworkBytes(shape, one.machines, lengths, UBATCH) / one.wireBytes).toFixed(2),
    one.machines === 0 ? '' : perTokenAndLayer(one.tappedBytes).toFixed(0),
    one.machines === 0 ? '' : perTokenAndLayer((2 * one.machines - 1) * nEmbd * 4 * TOKENS).toFixed(0),
    one.loadSeconds.toFixed(1),
    sameBits(one.sequences, here!.sequences) ? 'the same bits' : 'DIFFERENT',
  ]);
  return [
    table(
      [
        'machines',
        'tokens/s',
        'against here',
        'bytes over the wire, a token and MoE layer',
        'estimated / these',
        'of which taps',
        'of which residual stream',
        'loading, s',
        'scores',
      ],
      rows,
    ),
    '',
    `${TOKENS} tokens in ubatches of ${UBATCH}, ${moeLayers} MoE layers, n_embd ${nEmbd}. The machines are network namespaces ` +
      'of one machine; they share its cores, and one computes at a time. The kernel counts the bytes, both ways, with Ethernet ' +
      'headers. The rest of the bytes is the mask of attention, headers and the graph. The stream passes once to ' +
      'each machine and back from each but the last: its share falls as a machine holds more layers.',
    '',
    `A cable was pulled in the middle of a pass: an error named the machine after ${noticed.toFixed(1)} s.`,
  ].join('\n');
}

function sameBits(one: Measured['sequences'], other: Measured['sequences']): boolean {
  const bytes = ({ sums, contribution, topPosition, topValue }: Measured['sequences'][number]): Buffer =>
    Buffer.concat(
      [sums, contribution, topPosition, topValue].map(({ buffer, byteOffset, byteLength }) =>
        Buffer.from(buffer, byteOffset, byteLength),
      ),
    );
  return one.length === other.length && one.every((sequence, index) => bytes(sequence).equals(bytes(other[index]!)));
}
