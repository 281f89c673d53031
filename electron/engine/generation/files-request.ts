// Generation checks that the command line asks for: of files, with prompts from files.
import { basename, resolve } from 'node:path';
import { Backend } from '../backend/backend.ts';
import type { EngineContext } from '../context.ts';
import { inspectModel, requirePrunable } from '../models/inspect.ts';
import { modelName } from '../models/model-name.ts';
import { readMaskFile } from '../selection/mask-file.ts';
import type { Continued, GenerationRequest } from './generation-request.ts';

export type GenerateFilesRequest = Omit<GenerationRequest, 'full' | 'fullName' | 'variants' | 'demos'> &
  Pick<Continued, 'grouping'> & {
    readonly model: string;
    /** Mask file: a preview of the pruned model. */
    readonly mask?: string | undefined;
    /** The full model. Without it, a mask is compared with the same model unmasked, and a file with nothing. */
    readonly against?: string | undefined;
    readonly prompts: readonly string[];
  };

/** @throws WinnowError of inspecting the full model, and of the mask */
export async function requestOfFiles(
  { model, mask, against = model, prompts, grouping, ...rest }: GenerateFilesRequest,
  { host }: Pick<EngineContext, 'host'>,
): Promise<GenerationRequest> {
  const inspect = async (path: string) => {
    using backend = new Backend('off', host);
    return (await inspectModel(path, backend)).info;
  };
  const fullName = modelName(await inspect(against));
  let kept: number[][] | null = null;
  if (mask !== undefined) {
    const info = await inspect(model);
    requirePrunable(info);
    kept = (await readMaskFile(mask, { nLayers: info.moeLayers.length, nExpert: info.nExpert })).kept;
  }
  const isItself = kept === null && resolve(model) === resolve(against);
  const variant = {
    ...fileAsItIs(model),
    kept,
    grouping,
    label: mask === undefined ? basename(model) : basename(mask),
  };
  return {
    ...rest,
    full: fileAsItIs(against),
    fullName,
    variants: isItself ? [] : [variant],
    demos: { kind: 'files', files: [...prompts] },
  };
}

function fileAsItIs(path: string): Continued {
  return {
    variant: null,
    label: basename(path),
    path,
    fingerprint: null,
    kept: null,
    grouping: 'ungrouped',
    planId: null,
    domains: null,
  };
}
