import { join } from 'node:path';
import { expectDone } from '../expect.ts';
import type { Ground } from '../ground.ts';

export type Masked = {
  readonly scores: string;
  readonly mask: string;
  /** The stored selection’s number. */
  readonly selection: string;
};

/** A run of two demos of the sample, and half of its experts chosen by it. */
export async function withMask({ folder, model, demos, winnow }: Ground): Promise<Masked> {
  const [scores, mask] = [join(folder, 'scores.json'), join(folder, 'mask.json')];
  expectDone(await winnow(['score', model, '--demos', demos('math'), '--limit', '2', '--gpu', 'off', '--out', scores]));
  expectDone(await winnow(['select', '--scores', scores, '--keep', '0.5', '-o', mask]));
  return { scores, mask, selection: '1' };
}
