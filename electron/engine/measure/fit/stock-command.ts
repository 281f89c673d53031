// Builds the command by which unpatched llama.cpp makes the weights of a file.
import { basename } from 'node:path';
import type { QuantType } from '../../../contract/quantise.ts';
import { commandText, fileArgument } from '../../base/files/shell-word.ts';
import { rulesOfMix } from '../../write/quantising/tensor-classes.ts';
import type { FileKind } from './candidates.ts';
import type { FileOptions } from './fit-files.ts';

/**
 * A command of llama-quantize. For fewer experts than in the source, it takes a file that holds only these, and an importance matrix cut
 * in the same way.
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
