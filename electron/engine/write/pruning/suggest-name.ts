// Suggests a file name that says what a pruned file is: "Qwen3-30B-A3B-python-64e-Q4_K_M.gguf".
import { basename } from 'node:path';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { withoutPartNumber } from '../../models/model-files.ts';

/** File systems allow 255 bytes; the part number of a split file and the temporary suffix are added to this. */
const MAX_NAME_BYTES = 200;
/** More domains than this are counted, not listed. */
const MAX_DOMAINS = 3;

/**
 * Suggests a file name.
 * @param subject what the experts were chosen for: domains, or the name of a mask
 * @param keep experts kept per layer; null: all
 * @param quantType type that the file is quantised to; null: its weights stay as in the source
 */
export function suggestName(
  info: ModelInfo,
  subject: readonly string[],
  keep: number | null,
  quantType: string | null = null,
): string {
  const own = info.fileType === 'unknown' ? '' : info.fileType;
  const type = quantType ?? own;
  const what = subject.length > MAX_DOMAINS ? [`${subject.length}-domains`] : subject;
  const says = [...(keep === null ? [] : [`${keep}e`]), ...(type === '' ? [] : [type])];
  const tail = `${says.join('-') || 'all'}.gguf`;
  const head = [
    sourceName(info, own),
    what
      .map(inName)
      .filter((part) => part !== '')
      .join('+'),
  ];
  const front = head.filter((part) => part !== '').join('-');
  return `${cut(front, MAX_NAME_BYTES - tail.length - 1)}-${tail}`;
}

/** The source's name without what the new name adds: part number, quantisation, extension. */
function sourceName({ path, name }: ModelInfo, type: string): string {
  const file = basename(path);
  // blobs of Ollama and of the Hugging Face cache are named by their hash
  const given = file.toLowerCase().endsWith('.gguf') ? file.slice(0, -'.gguf'.length) : name || 'model';
  const whole = withoutPartNumber(given);
  const suffix = type === '' ? '' : whole.slice(-type.length - 1);
  const named = /^[-._]/.test(suffix) && suffix.slice(1).toLowerCase() === type.toLowerCase();
  return inName(named ? whole.slice(0, -suffix.length) : whole) || 'model';
}

/** Keeps letters and digits of any script, dots, underscores and plus signs; any run of other characters becomes one hyphen. */
function inName(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._+]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
}

function cut(text: string, bytes: number): string {
  let end = '';
  let left = bytes;
  for (const letter of text) {
    left -= Buffer.byteLength(letter);
    if (left < 0) break;
    end += letter;
  }
  return end.replace(/[-.+]+$/, '');
}
