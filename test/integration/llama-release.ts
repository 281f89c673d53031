// The llama.cpp that is built here, by its release: some things hold from a release on.
import { llamaSource } from '../../native/prebuilt.ts';

const numbersOf = (tag: string): number[] => (tag.match(/\d+/g) ?? []).map(Number);

/** Whether llama.cpp here is this release or a newer one. @param release such as "v0.5.0" */
export function isSince(release: string): boolean {
  const [ours, theirs] = [numbersOf(llamaSource().tag), numbersOf(release)];
  const at = theirs.findIndex((part, i) => part !== ours[i]);
  return at < 0 || (ours[at] ?? 0) > (theirs[at] ?? 0);
}
