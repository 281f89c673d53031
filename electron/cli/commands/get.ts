// winnow get hf:owner/name:Q4_K_M
import type { Command } from 'commander';
import type { HubLook } from '../../contract/api/hub.ts';
import { displayBytes } from '../../contract/display-bytes.ts';
import { printableName } from '../../contract/printable.ts';
import { inEnglish } from '../../contract/sentences.ts';
import type { Context } from '../context.ts';
import { ctxOption, estimateOption } from '../options.ts';
import { formatSeconds } from '../output.ts';
import { jobTimeLeft, runJob } from '../run-job.ts';

type Model = NonNullable<HubLook['model']>;

const USUAL_CTX = 8192;

/** Adds `winnow get`. */
export function addGet(program: Command, context: Context): void {
  const { output } = context;
  program
    .command('get')
    .description('get a model, or a file of demos, from the hub; first says what it is and whether it fits')
    .argument(
      '<address>',
      'hf:owner/name:Q4_K_M, hf:owner/name/file.gguf, hf:datasets/owner/name/file.parquet, or a page’s URL',
    )
    .addOption(estimateOption('say what it is, how large it is, and what would fit in this machine’s memory'))
    .addOption(ctxOption('tokens of context that must fit, too', 1, USUAL_CTX))
    .addHelpText(
      'after',
      `
Every other command takes such an address instead of a file, and gets the file first. A file that is already here is found
by its name, without asking the hub. Ctrl+C keeps what has arrived; the same command continues from there.
HF_ENDPOINT sets another hub; HF_TOKEN gives access to what is not public; HF_HUB_OFFLINE=1 forbids all use of the hub.

Examples:
  winnow get hf:owner/name-GGUF:Q4_K_M --estimate
  winnow fit hf:owner/name-GGUF:Q8_0 --demos hf:datasets/owner/tickets/train.parquet --budget 12GB -o best.gguf`,
    )
    .action(async (address: string, { estimate, ctx }: { readonly estimate: boolean; readonly ctx: number }) => {
      const here = estimate ? null : await context.call('hub.find', { address });
      if (here) {
        const { displayPath: path } = here;
        output.result({ path, here: true }, `${printableName(path)} is here already.`);
        return;
      }
      const look = await context.call('hub.look', { address, ctx });
      if (estimate) {
        output.result(lookDocument(look), lookText(look));
        return;
      }
      output.note(lookText(look));
      const { displayPath: path, files, bytes, seconds } = await getFiles(address, context);
      output.result(
        { path, files, bytes, seconds },
        `${printableName(path)}\n${displayBytes(bytes)} in ${formatSeconds(seconds)}, ${checked(files)}.`,
      );
    });
}

/** Finds the file that an address refers to, and downloads it if necessary. @returns its path */
export async function pathFromHub(address: string, context: Context): Promise<string> {
  const here = await context.call('hub.find', { address });
  if (here) return here.displayPath;
  context.output.note(lookText(await context.call('hub.look', { address, ctx: USUAL_CTX })));
  return (await getFiles(address, context)).displayPath;
}

async function getFiles(address: string, context: Context) {
  return runJob(context, 'get', () => context.call('hub.get', { address }), {
    onProgress: (job) => {
      const { step, done, total, perSecond } = job;
      const rate = perSecond ? `${displayBytes(perSecond)}/s  ${jobTimeLeft(job)}` : '';
      if (step) context.output.progress('checking', step.done, step.total);
      else context.output.progress('getting', done, total, rate);
    },
  });
}

function checked(files: readonly HubLook['files'][number][]): string {
  return files.every(({ sha256 }) => sha256 !== null) ? 'its checksum matches the hub’s' : 'the hub gives no checksum';
}

function lookDocument({ files, bytes, freeBytes, model }: HubLook): unknown {
  return {
    files,
    bytes,
    disk_free: freeBytes,
    model: model && {
      arch: model.arch,
      name: model.name,
      file_type: model.fileType,
      block_count: model.blockCount,
      moe_layers: model.moeLayers,
      n_expert: model.nExpert,
      n_expert_used: model.nExpertUsed,
      context_length: model.contextLength,
      prunable: { ok: model.prunable.ok, reason: model.prunable.ok ? null : inEnglish(model.prunable.reason) },
      ctx: model.fit.ctx,
      memory_needed: needed(model.fit.full),
      memory_room: model.fit.room.memory,
      fits: fitsWhole(model),
      keep: model.keep,
      memory_needed_pruned: model.fit.pruned && needed(model.fit.pruned),
    },
  };
}

function lookText({ files, bytes, freeBytes, model }: HubLook): string {
  const parts = files.length > 1 ? ` in ${files.length} parts` : '';
  const lines: [string, string][] = [
    ['file', files[0]?.name ?? ''],
    ['size', `${displayBytes(bytes)}${parts}; ${displayBytes(freeBytes)} free on the disk`],
    ...(model === null ? [] : modelLines(model)),
  ];
  return lines.map(([name, value]) => `${name.padEnd(15)} ${printableName(value)}`).join('\n');
}

function modelLines(model: Model): [string, string][] {
  const { arch, fileType, nExpert, nExpertUsed, moeLayers, blockCount, prunable } = model;
  return [
    ['architecture', `${arch}, ${fileType}`],
    ...(nExpert === 0
      ? []
      : [
          [
            'experts',
            `${nExpert} per layer, ${nExpertUsed} used per token; ${moeLayers.length} of ${blockCount} layers`,
          ] as [string, string],
        ]),
    ['can be pruned', prunable.ok ? 'yes' : `no: ${inEnglish(prunable.reason)}`],
    ['memory', memoryText(model)],
  ];
}

function memoryText(model: Model): string {
  const { fit, keep, nExpert, prunable } = model;
  const free = displayBytes(fit.room.memory);
  const full = `needs ${displayBytes(needed(fit.full))} with ${fit.ctx} tokens of context, ${free} is free`;
  if (fitsWhole(model)) return `${full}: it fits`;
  if (keep !== null && fit.pruned) {
    return `${full}: pruned to ${keep} of ${nExpert} experts per layer, it needs ${displayBytes(needed(fit.pruned))} and fits`;
  }
  return prunable.ok ? `${full}: it does not fit, however few experts are kept` : `${full}: it does not fit`;
}

function fitsWhole({ fit }: Model): boolean {
  return needed(fit.full) <= fit.room.memory;
}

function needed({ weightsBytes, kvBytes, computeBytes }: Model['fit']['full']): number {
  return weightsBytes + kvBytes + computeBytes;
}
