// Draws the variants of a comparison as a standalone picture (SVG): size on the horizontal axis, damage on the vertical one.
import type { PublishedInterval } from '../../contract/interval.ts';
import { voiceIn } from '../../contract/text/words.ts';
import type { Study } from '../measure/study/run-compare.ts';
import { variantGroups, type Summary } from '../measure/study/summary.ts';
import { filesPicture } from './fit-picture.ts';

/**
 * Draws the leading criterion's choices next to files with all experts, with as many active experts as the model says.
 * @returns an `svg` document
 */
export async function studyPicture({ variants, info, criterion, domains }: Study): Promise<string> {
  const files = variantGroups(variants)
    .filter(({ method, activeExperts }) => activeExperts === null && (method === criterion || method === 'whole'))
    .map(({ keep, type, activeExperts, bytes, inside, outside }) => ({
      keep,
      type,
      activeExperts,
      width: null,
      bytes,
      inside: ratioOf(inside),
      outside: ratioOf(outside),
    }));
  const title = `Size and perplexity of files chosen by ${criterion} for ${domains.map(({ domain }) => domain).join(', ')}`;
  return filesPicture({ files, nExpert: info.nExpert, best: null }, title, (await voiceIn('en')).say);
}

function ratioOf(summary: Summary | null): PublishedInterval | null {
  if (summary === null) return null;
  const { value, low, high } = summary.ratio;
  return { value, low, high };
}
