// winnow serve-model MODEL.gguf [--choice choice.json]: serves a model, a preview or a file at an endpoint for OpenAI's protocol
import { once } from 'node:events';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { API_KEY } from '../../contract/api/endpoints.ts';
import { errorFromData } from '../../contract/errors.ts';
import { isLoopback } from '../../contract/machine-address.ts';
import type { Context } from '../context.ts';
import {
  addListenOptions,
  addMemoryLimit,
  addPlacementOptions,
  choiceOption,
  ctxOption,
  placementFrom,
  selectionOption,
  wholeNumber,
  type PlacementFlags,
} from '../options.ts';
import { usage } from '../output.ts';

const DEFAULT_PORT = 8080;

type Flags = PlacementFlags & {
  readonly choice?: string;
  readonly selection?: number;
  readonly host: string;
  readonly port: number;
  readonly apiKey?: string;
  readonly ctx: number;
  readonly slots: number;
};

/** Adds `winnow serve-model`, which ends with the signal. */
export function addServeModel(program: Command, context: Context): void {
  const command = program
    .command('serve-model')
    .description('serve a model, or a preview of a pruned one, to programs that speak OpenAI’s protocol')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .addOption(choiceOption('mask the dropped experts: a preview of the pruned file'))
    .addOption(selectionOption('instead of a file: a selection of experts'))
    .addOption(
      new Option('--api-key <key>', 'key that clients must send (default: one is made and printed)')
        .argParser(apiKey)
        .env('WINNOW_API_KEY'),
    )
    .addOption(ctxOption('tokens of context per conversation; at most what the model was made for', 256, 8192))
    .option('--slots <n>', 'conversations at the same time; each has its own cache', wholeNumber(1), 1);
  addMemoryLimit(addPlacementOptions(addListenOptions(command, DEFAULT_PORT)))
    .addHelpText(
      'after',
      `
llama.cpp's own server answers, with chat and text completions, tool calls, JSON schemas, streaming and token probabilities. A
preview computes the same as the pruned file will, so that a benchmark or an agent can judge the file before it is written.
The first time, the server is compiled, which takes a few minutes. Ctrl+C ends it.

Examples:
  winnow serve-model pruned.gguf
  winnow serve-model model.gguf --choice choice.json --port 8081 --ctx 16384
  winnow serve-model model.gguf --selection 3 --api-key my-own-secret`,
    )
    .action(async (model: string, flags: Flags) => {
      await serveModel(model, flags, context);
    });
}

async function serveModel(model: string, flags: Flags, context: Context): Promise<void> {
  const { output, client, call, toRead, signal } = context;
  const { host, port, ctx, slots } = flags;
  context.computeWith({ placement: placementFrom(flags) });
  const ends = new AbortController();
  const stops = [
    client.on('endpoint', (event) => {
      if (event.type === 'loading') output.progress('loading', Math.round(event.percent), 100);
      if (event.type === 'warning') output.warn(event.text);
      if (event.type === 'ended') ends.abort(errorFromData(event.error));
    }),
    client.on('native', ({ state, line }) => state === 'building' && output.step(line)),
  ];
  try {
    const endpoint = await call('endpoints.start', {
      model: { kind: 'file', grant: toRead(model) },
      choice: toChoice(flags, context),
      host,
      port,
      apiKey: flags.apiKey ?? null,
      ctx,
      slots,
    });
    if (!isLoopback(host)) {
      output.warn(
        `${host} can be reached from other machines. What passes is not encrypted, the key included: on a network that you do not trust, use 127.0.0.1 and an SSH tunnel.`,
      );
    }
    const { url, apiKey, modelName, contextSize } = endpoint;
    output.result(
      { address: `${url}/v1`, key: apiKey, model: modelName, ctx: contextSize, slots },
      [`Serves ${modelName}:  ${url}/v1`, `Key:  ${apiKey}`, 'Ctrl+C ends it.'].join('\n'),
    );
    const over = AbortSignal.any([signal, ends.signal]);
    if (!over.aborted) await once(over, 'abort');
    ends.signal.throwIfAborted();
    await client.call('endpoints.stop', { endpointId: endpoint.id });
  } finally {
    for (const stop of stops) stop();
  }
}

function toChoice({ choice, selection }: Flags, { toRead }: Context) {
  if (choice !== undefined && selection !== undefined) throw usage('Name --choice or --selection, not both.');
  if (choice !== undefined) return { kind: 'file', file: toRead(choice) } as const;
  return selection === undefined ? null : ({ kind: 'selection', selectionId: selection } as const);
}

function apiKey(text: string): string {
  if (API_KEY.test(text)) return text;
  throw new InvalidArgumentError('A key has 8 to 256 letters, digits or any of . _ ~ + / = -.');
}
