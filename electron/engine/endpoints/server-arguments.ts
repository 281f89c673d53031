// What llama.cpp's server is told of a model: where it lies, and how it is reached.
import { activeExpertsKey } from '../models/active-experts.ts';
import { nativePath } from '../base/backend/native-path.ts';
import type { ModelFacts } from '../../contract/model-info.ts';
import type { LoadPlan } from '../models/placement/place-model.ts';

type ServerOptions = {
  readonly host: string;
  readonly port: number;
  readonly apiKey: string;
  /** Tokens of one conversation. */
  readonly contextSize: number;
  /** Conversations at the same time. */
  readonly slots: number;
  readonly threads: number;
};

type ServedFile = {
  readonly info: Pick<ModelFacts, 'path' | 'arch'>;
  /** By which clients know it. */
  readonly name: string;
  readonly activeExperts?: number | undefined;
};

/** As llama-server takes them. @returns without the program's name */
export function serverArguments(
  { info, name, activeExperts }: ServedFile,
  load: LoadPlan,
  { host, port, apiKey, contextSize, slots, threads }: ServerOptions,
): string[] {
  const { devices, gpuLayers, deviceLayers, cpuExpertBlocks, repack } = load;
  return [
    ...['--model', nativePath(info.path), '--alias', name.replaceAll(',', ' ')],
    ...['--host', host, '--port', String(port), '--api-key', apiKey],
    ...['--ctx-size', String(contextSize * slots), '--parallel', String(slots), '--threads', String(threads)],
    // placed already; nothing is fetched; memory beside what was planned is not used
    ...['--fit', 'off', '--offline', '--no-ui', '--cache-ram', '0', '--metrics'],
    ...['--device', devices.length > 0 ? devices.join(',') : 'none', '--n-gpu-layers', String(gpuLayers)],
    ...(deviceLayers.length > 0 ? ['--tensor-split', deviceLayers.join(',')] : []),
    ...(cpuExpertBlocks.length > 0
      ? ['--override-tensor', `^blk\\.(${cpuExpertBlocks.join('|')})\\.ffn_(up|down|gate|gate_up)_(ch|)exps=CPU`]
      : []),
    ...(repack === 'none' ? ['--no-repack'] : []),
    // a first pass would read all weights, which are read when they are needed
    ...(repack === 'all' ? [] : ['--no-warmup']),
    ...(activeExperts === undefined ? [] : ['--override-kv', `${activeExpertsKey(info.arch)}=int:${activeExperts}`]),
  ];
}
