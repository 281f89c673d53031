// Builds the arguments of llama.cpp's server: where the model is placed, and how the server is reached.
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
  /** Number of simultaneous conversations. */
  readonly slots: number;
  readonly threads: number;
  /** Whether chats are written as the model's file says; otherwise in a format of llama.cpp's. */
  readonly hasTemplate: boolean;
};

type ServedFile = {
  readonly info: Pick<ModelFacts, 'path' | 'arch'>;
  /** Name of the model for clients. */
  readonly name: string;
  readonly activeExperts?: number | undefined;
};

/** The arguments of llama-server. @returns the arguments without the program's name */
export function serverArguments(
  { info, name, activeExperts }: ServedFile,
  load: LoadPlan,
  { host, port, apiKey, contextSize, slots, threads, hasTemplate }: ServerOptions,
): string[] {
  const { devices, gpuLayers, deviceLayers, cpuExpertBlocks, repack } = load;
  return [
    ...['--model', nativePath(info.path), '--alias', name.replaceAll(',', ' ')],
    ...['--host', host, '--port', String(port), '--api-key', apiKey],
    ...['--ctx-size', String(contextSize * slots), '--parallel', String(slots), '--threads', String(threads)],
    // the model is already placed, nothing is downloaded, and no memory beyond the plan is used
    ...['--fit', 'off', '--offline', '--no-ui', '--cache-ram', '0', '--metrics'],
    ...['--device', devices.length > 0 ? devices.join(',') : 'none', '--n-gpu-layers', String(gpuLayers)],
    ...(deviceLayers.length > 0 ? ['--tensor-split', deviceLayers.join(',')] : []),
    ...(cpuExpertBlocks.length > 0
      ? ['--override-tensor', `^blk\\.(${cpuExpertBlocks.join('|')})\\.ffn_(up|down|gate|gate_up)_(ch|)exps=CPU`]
      : []),
    // the server refuses a template that it cannot read
    ...(hasTemplate ? [] : ['--chat-template', 'chatml']),
    ...(repack === 'none' ? ['--no-repack'] : []),
    // a warm-up pass would read all weights, which are otherwise read on demand
    ...(repack === 'all' ? [] : ['--no-warmup']),
    ...(activeExperts === undefined ? [] : ['--override-kv', `${activeExpertsKey(info.arch)}=int:${activeExperts}`]),
  ];
}
