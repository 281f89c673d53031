// How unpatched llama.cpp makes the weights of a file.
import { basename } from 'node:path';
import type { QuantType } from '../../../contract/quantise.ts';
import { commandText, fileArgument } from '../../base/files/shell-word.ts';
import { rulesOfMix } from '../../write/quantising/tensor-classes.ts';
import type { FileKind } from './candidates.ts';
import type { FileOptions } from './fit-files.ts';

/**
 * A command of llama-quantize. Of fewer experts than the source has it takes a file that holds them, and an importance matrix that is
 * cut along.
 * @returns null: the weights stay as they are
 */
export function stockCommand(
  { type, mix }: Pick<FileKind<QuantType>, 'type' | 'mix'>,
  { imatrix, requantise }: Pick<FileOptions, 'imatrix' | 'requantise'>,
): string | null {
  if (type === null) return null;
  const { tensors = [] } = mix === null ? {} : rulesOfMix(mix);
  return commandText([
    'llama-quantize',
    ...(requantise ? ['--allow-requantize'] : []),
    ...(imatrix === null ? [] : ['--imatrix', fileArgument(basename(imatrix))]),
    ...tensors.flatMap((rule) => ['--tensor-type', `${rule.pattern}=${rule.type}`]),
    ...['input.gguf', 'output.gguf', type],
  ]);
}
