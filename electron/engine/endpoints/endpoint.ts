// Serves a model's file, or a preview of one, at an address for programs that speak OpenAI's protocol: llama.cpp's own server, in a
// backend worker.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { DemoContent } from '../../contract/demo.ts';
import { WinnowError, saidBy } from '../../contract/errors.ts';
import { machineAddressText } from '../../contract/machine-address.ts';
import type { Placement } from '../../contract/requests.ts';
import { msg } from '../../contract/sentences.ts';
import { Backend, loadFailure } from '../base/backend/backend.ts';
import type { CallOptions } from '../base/backend/worker-client.ts';
import { RENDER_MS } from '../demos/limits.ts';
import { ChatRenderer, renderDemo } from '../demos/chat-renderer.ts';
import { keyString } from '../models/gguf-keys.ts';
import { readModel, openFile } from '../models/inspect.ts';
import { openModelFiles } from '../models/model-files.ts';
import { conversationTokens, memoryFacts } from '../models/placement/conversation.ts';
import { cacheCells } from '../models/placement/kv-cache.ts';
import { takeSnapshot } from '../models/placement/machine-snapshot.ts';
import { modelShape } from '../models/placement/model-shape.ts';
import { type LoadPlan, placeModel } from '../models/placement/place-model.ts';
import { chatNeed } from '../models/placement/workload.ts';
import type { EngineContext } from '../store/engine-context.ts';
import { cannotListen } from './cannot-listen.ts';
import { blockMask } from '../models/prediction-blocks.ts';
import { activeExpertsKey } from '../models/active-experts.ts';
import { nativePath } from '../base/backend/native-path.ts';
import type { ModelFacts } from '../../contract/model-info.ts';
import type { Masked } from '../experts/selection/selection.ts';
import { requireSelection, readSettings } from '../experts/selections/selection-view.ts';
import { fileAsItIs, type Compared } from '../measure/evaluation/comparison-request.ts';
import { prepareSubjects } from '../measure/evaluation/prepare-subjects.ts';
import type { Task } from '../store/task.ts';

/** Time between two checks whether the server answers. */
const LOOK_MS = 50;

const ALL_ADDRESSES: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

type EndpointOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** null: a key is generated. */
  readonly apiKey: string | null;
  /** Tokens of one conversation, limited to the model's training context. */
  readonly ctx: number;
  /** Number of simultaneous conversations. */
  readonly slots: number;
  readonly placement: Placement;
  /** Name of the model for clients. */
  readonly name: string;
};

type EndpointFacts = {
  /** Root URL of the server, as reached from this machine. */
  readonly url: string;
  readonly apiKey: string;
  /** Tokens of one conversation. */
  readonly contextSize: number;
  /** Estimated bytes of weights, KV cache and compute buffers. */
  readonly memoryBytes: number;
  /** false: the model has no usable chat template, so another format is used. */
  readonly hasTemplate: boolean;
};

export class Endpoint {
  readonly facts: EndpointFacts;
  readonly #backend: Backend;
  /** Resolves with the reason when the server has ended. */
  readonly ended: Promise<WinnowError>;

  /**
   * Loads the model, and resolves when the server answers clients.
   * @param options progress is in percent
   * @throws WinnowError USAGE: the address cannot be listened on; as `loadModel`
   */
  static async open(
    served: ServedModel,
    { host, port: inputPort, apiKey: given, ctx, slots, placement, name }: EndpointOptions,
    context: EngineContext,
    options: CallOptions,
  ): Promise<Endpoint> {
    const port = await freePort(host, inputPort);
    const { info } = served;
    const apiKey = given ?? randomBytes(24).toString('base64url');
    const contextSize = conversationTokens(info, ctx);
    const backend = new Backend(placement.gpu, context.host);
    const looking = new AbortController();
    // the call that loads a model for a server does not react to the signal
    const giveUp = (): void => void backend.close();
    options.signal?.addEventListener('abort', giveUp, { once: true });
    try {
      const { load, ...about } = await place(backend, served, placement, { contextSize, slots }, options);
      backend.model = info.path;
      const { threads } = placement;
      const address = { host, port, apiKey };
      const serving = backend.call(
        'serveModel',
        {
          args: serverArguments({ ...served, name }, load, {
            ...address,
            contextSize,
            slots,
            threads,
            hasTemplate: about.hasTemplate,
          }),
          mask: served.kept ? blockMask(served.kept, info, info.blockCount) : null,
          ungrouped: served.ungrouped ?? false,
          stayMapped: load.repack !== 'all',
        },
        options,
      );
      const url = `http://${machineAddressText({ host: ALL_ADDRESSES[host] ?? host, port })}`;
      await Promise.race([serving, answering(url, looking.signal)]);
      const ended = serving.then(
        () => new WinnowError('INTERNAL', 'the server has ended'),
        (error: unknown) => error as WinnowError,
      );
      return new Endpoint({ url, apiKey, contextSize, ...about }, backend, ended);
    } catch (error) {
      await backend.close();
      if (options.signal?.aborted === true) throw new WinnowError('CANCELLED', msg('cancelledLoading'));
      throw loadFailure(error, info.path);
    } finally {
      looking.abort();
      options.signal?.removeEventListener('abort', giveUp);
    }
  }

  private constructor(facts: EndpointFacts, backend: Backend, ended: Promise<WinnowError>) {
    this.facts = facts;
    this.#backend = backend;
    this.ended = ended;
  }

  /** Resident bytes of the server's process. @throws WinnowError BACKEND_CRASHED */
  residentBytes(): Promise<number> {
    return this.#backend.call('residentBytes', {});
  }

  /** Ends the server, even while it is answering. Resolves when its memory is free. */
  async close(): Promise<void> {
    await this.#backend.close();
  }
}

async function place(
  backend: Backend,
  { info }: ServedModel,
  placement: Placement,
  { contextSize, slots }: { readonly contextSize: number; readonly slots: number },
  { signal }: CallOptions,
): Promise<{ readonly load: LoadPlan; readonly memoryBytes: number; readonly hasTemplate: boolean }> {
  const snapshot = await takeSnapshot(placement, backend, { signal });
  const model = await readModel(await openModelFiles(info.path), backend);
  const shape = modelShape(model);
  const { fullBytes, kvBytes, computeBytes } = memoryFacts({ ...model, shape }, contextSize);
  const placed = placeModel(shape, snapshot, placement, chatNeed(slots * cacheCells(contextSize)));
  return {
    load: placed.load,
    memoryBytes: fullBytes + slots * kvBytes + computeBytes,
    hasTemplate: await isUsable(keyString(model.kv, 'tokenizer.chat_template') ?? '', info.path, backend, signal),
  };
}

/**
 * Tries a chat template where it can be given up: llama.cpp's server would try it without end.
 * @returns whether it writes a chat
 * @throws WinnowError GGUF_CORRUPT: it does not finish
 */
async function isUsable(
  source: string,
  path: string,
  backend: Backend,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (source.trim() === '') return false;
  const chat: DemoContent = { kind: 'chat', messages: [{ role: 'user', content: 'Hello' }] };
  const template = { source, bosToken: '', eosToken: '' };
  const renderer = new ChatRenderer(() => backend.host);
  try {
    const { text } = await renderDemo(chat, template, renderer, { forGeneration: true, signal });
    return text !== '';
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'DEMO_FORMAT') throw error;
    const said = saidBy(error);
    if (typeof said === 'string' || said.code !== 'templateEndless') return false;
    throw new WinnowError(
      'GGUF_CORRUPT',
      msg('chatTemplateEndless', { path, seconds: RENDER_MS / 1000 }),
      { path },
      error,
    );
  } finally {
    renderer.close();
  }
}

/** Finds a free port. @throws WinnowError USAGE: the address cannot be listened on */
async function freePort(hostname: string, port: number): Promise<number> {
  const probe = createServer();
  try {
    probe.listen(port, hostname);
    await once(probe, 'listening');
    return (probe.address() as AddressInfo).port;
  } catch (error) {
    throw cannotListen(error as NodeJS.ErrnoException, hostname, port);
  } finally {
    probe.close();
  }
}

/** Resolves when the server answers. */
async function answering(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const response = await fetch(`${url}/health`, { signal }).catch(() => null);
    if (response?.ok === true) return;
    await delay(LOOK_MS);
  }
}

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
  readonly info: ModelFacts;
  /** Name of the model for clients. */
  readonly name: string;
  readonly activeExperts?: number | undefined;
};

/** The arguments of llama-server. @returns the arguments without the program's name */
function serverArguments(
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

type ServedChoice =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'selection'; readonly selectionId: number };

type ServedRequest = {
  readonly model: string;
  /** null: the file as it is. */
  readonly choice: ServedChoice | null;
};

type ServedModel = Omit<Masked, 'info'> & { readonly info: ModelFacts };

/**
 * Reads the headers, and the file of the choice.
 * @throws WinnowError from inspecting the model; CHOICE_INVALID, MODEL_CHANGED: the choice belongs to another model
 */
export async function prepareServed(
  { model, choice }: ServedRequest,
  context: EngineContext,
  task: Task,
): Promise<ServedModel> {
  if (choice === null) return { info: (await openFile(model, context.host)).info };
  const compared = toCompared(model, choice, context);
  const { variants } = await prepareSubjects({ full: null, variants: [compared] }, context, task, ({ error }) => {
    throw error;
  });
  const { info, kept, ungrouped, activeExperts } = variants[0]!.of;
  return { info, kept, activeExperts, ...(ungrouped !== undefined && { ungrouped }) };
}

/** The name by which clients know it: a preview's is not the full model's. */
export function servedName(name: string, { info, kept, activeExperts }: ServedModel): string {
  const experts = kept === undefined ? [] : [`${kept[0]?.length ?? 0}-of-${info.nExpert}-experts`];
  const active = activeExperts === undefined ? [] : [`${activeExperts}-active`];
  return [name, ...experts, ...active].join('-');
}

function toCompared(path: string, choice: ServedChoice, { store }: EngineContext): Compared {
  const file = { ...fileAsItIs(path), variant: null };
  if (choice.kind === 'file') return { ...file, choice: choice.path };
  const { selection, model } = requireSelection(store, choice.selectionId);
  const { grouping, activeExperts } = readSettings(selection);
  return { ...file, fingerprint: model.fingerprint, kept: selection.kept, grouping, activeExperts };
}
