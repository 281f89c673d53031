// The addon and its models, as the backend worker calls them. What a call takes and gives is what the protocol says of the
// worker's call.
import type { Event, Method, Params, Result } from './protocol.ts';

/** How to cancel a long call: set `cancel[0]` to stop it; the promise then rejects with "cancelled". */
type TaskOptions = {
  readonly cancel?: Int32Array;
  readonly onProgress?: (done: number, total: number) => void;
};

type Long<M extends Method> = (options: Params<M> & TaskOptions) => Promise<Result<M>>;

export type Completion = Result<'generate'>['completions'][number];

/** What was added to a completion since the last report. */
export type WrittenPart = Omit<Event<'generate'>[number], 'bytes'>;

export type NativeModel = {
  describe(): Result<'load'>;
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array;
  tokenPieces(tokens: Int32Array): Result<'tokenPieces'>;
  setMask(mask: Uint8Array | null, ungrouped: boolean): void;
  /** Resolves when the model is free for the next pass; `sequences` waits for the last sums. */
  score(
    options: Params<'score'> & TaskOptions,
  ): Promise<{ sequences(): Promise<Result<'score'>['sequences']>; tappedBytes: number }>;
  importance(): Result<'importance'>;
  setImportance(collected: Params<'setImportance'>['inputs']): void;
  recordStreams(options: Params<'recordStreams'> & TaskOptions): Promise<void>;
  fitDown: Long<'fitDown'>;
  setDown(blocks: Params<'setDown'>['blocks']): void;
  perplexity: Long<'perplexity'>;
  logits: Long<'logits'>;
  /** `onWritten` receives what is written, several times a second, and once more when it is stopped. */
  generate(
    options: Params<'generate'> & TaskOptions & { onWritten(parts: WrittenPart[]): void },
  ): Promise<Result<'generate'>>;
  /** For a model that was loaded with `headersOnly`, nothing is allocated. */
  scoringMemory(
    options: Params<'scoringMemory'>['contexts'][number] & TaskOptions,
  ): Promise<NonNullable<Result<'scoringMemory'>[number]>>;
  tensorPlaces(): Result<'tensorPlaces'>;
  free(): void;
};

export type Addon = {
  devices(): Result<'devices'>;
  readGguf(path: string): Result<'readGguf'>;
  buildGgufMeta(spec: Params<'buildGgufMeta'>): Uint8Array;
  knowsArchitecture(name: string): boolean;
  /** `headersOnly` runs all checks of llama.cpp without reading any tensor data: the model cannot be used for anything else. */
  loadModel(
    options: (Params<'load'> | (Params<'tensorPlaces'> & { readonly headersOnly: true })) & TaskOptions,
  ): Promise<NativeModel>;
  quantise: Long<'quantise'>;
  narrowExperts: Long<'narrowExperts'>;
  /** @param options.library ggml's RPC backend */
  addMachines(options: Params<'addMachines'> & TaskOptions & { library: string }): Promise<Result<'addMachines'>>;
  /**
   * Lends memory until the process ends; rejects if it cannot start.
   * @param options.cache stores received tensors in the working directory, to be found there the next time
   */
  serveMemory(
    options: Omit<Params<'serveMemory'>, 'cacheDir'> & {
      readonly library: string;
      readonly cache: boolean;
      onEvent(what: Event<'serveMemory'>['what'], detail: string): void;
    },
  ): Promise<never>;
};

/** llama.cpp's server, in a process that has loaded the addon. It serves until the process ends; rejects if it cannot start, or stops. */
export type ServerAddon = {
  serve(options: Params<'serveModel'> & TaskOptions): Promise<never>;
};
