// Options for quantising, for every command that writes a file. They have the names of llama-quantize's options, if it has such.
import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  QUANT_TYPE_NAMES,
  TENSOR_TYPES,
  type QuantiseOptions,
  type QuantRules,
  type QuantType,
  type TensorType,
} from '../contract/quantise.ts';
import { requantiseOption } from './options.ts';
import { usage } from './output.ts';

type LayersRule = NonNullable<QuantRules['firstLayers']>;
type TensorRule = NonNullable<QuantRules['tensors']>[number];

export type QuantiseFlags = {
  readonly type?: QuantType;
  readonly tensorType: readonly TensorRule[];
  readonly firstLayers?: LayersRule;
  readonly lastLayers?: LayersRule;
  readonly attentionType?: TensorType;
  readonly sharedExpertsType?: TensorType;
  readonly tokenEmbeddingType?: TensorType;
  readonly outputTensorType?: TensorType;
  readonly allowRequantize: boolean;
};

/** Adds the options for quantising. @param required whether `--type` is mandatory; otherwise nothing is quantised without it */
export function addQuantiseOptions(command: Command, required: boolean): Command {
  const type = new Option('--type <type>', 'quantise to this llama-quantize type, such as Q4_K_M').argParser(quantType);
  if (required) type.makeOptionMandatory();
  const list = new Option(
    '--tensor-type <pattern=type>',
    'type for tensors whose names match the pattern; may be repeated',
  )
    .argParser((text: string, before: readonly TensorRule[]) => [...before, tensorRule(text)])
    .default([], 'none');
  return command
    .addOption(type)
    .option('--attention-type <type>', 'type for attention', tensorType)
    .option('--shared-experts-type <type>', 'type for shared experts', tensorType)
    .option('--token-embedding-type <type>', 'type for the token embeddings', tensorType)
    .option('--output-tensor-type <type>', 'type for the output matrix', tensorType)
    .option('--first-layers <n=type>', 'type for the first n layers', layersRule)
    .option('--last-layers <n=type>', 'type for the last n layers', layersRule)
    .addOption(list)
    .addOption(requantiseOption());
}

/**
 * Returns the options for quantising; undefined: nothing is to be quantised.
 * @throws WinnowError USAGE: options that need --type
 */
export function quantiseOptionsFrom(flags: QuantiseFlags): QuantiseOptions | undefined {
  const { type, tensorType: tensors, firstLayers, lastLayers, attentionType, sharedExpertsType } = flags;
  const rules: QuantRules = {
    ...(tensors.length > 0 && { tensors: [...tensors] }),
    ...(firstLayers && { firstLayers }),
    ...(lastLayers && { lastLayers }),
    ...(attentionType && { attention: attentionType }),
    ...(sharedExpertsType && { sharedExperts: sharedExpertsType }),
    ...(flags.tokenEmbeddingType && { embeddings: flags.tokenEmbeddingType }),
    ...(flags.outputTensorType && { output: flags.outputTensorType }),
  };
  if (type !== undefined) return { type, rules, allowRequantize: flags.allowRequantize };
  if (Object.keys(rules).length > 0 || flags.allowRequantize) {
    throw usage('Types of single tensors and --allow-requantize need --type.');
  }
  return undefined;
}

function byName<T extends string>(names: readonly T[], text: string): T {
  const match = names.find((name) => name.toLowerCase() === text.toLowerCase());
  if (match === undefined) throw new InvalidArgumentError(`It is one of ${names.join(', ')}.`);
  return match;
}

/** Reads the name of a type in upper or lower case. Throws InvalidArgumentError. */
const quantType = (text: string): QuantType => byName(QUANT_TYPE_NAMES, text);
const tensorType = (text: string): TensorType => byName(TENSOR_TYPES, text);

/** Splits at the last equals sign: a pattern may contain others. */
function sides(text: string, example: string): [string, TensorType] {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError(`Write it like ${example}.`);
  return [text.slice(0, at), tensorType(text.slice(at + 1))];
}

function tensorRule(text: string): TensorRule {
  const [pattern, type] = sides(text, 'ffn_down_exps=q6_K');
  return { pattern, type };
}

function layersRule(text: string): LayersRule {
  const [count, type] = sides(text, '2=q8_0');
  if (!/^[1-9]\d{0,5}$/.test(count)) throw new InvalidArgumentError('Write it like 2=q8_0.');
  return { count: Number(count), type };
}
