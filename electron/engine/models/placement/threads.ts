// How many threads compute: never more than there are cores. ggml's threads wait for each other without sleeping, so threads without a
// core of their own block the others, and the work never ends.
import { availableParallelism } from 'node:os';
import { msg, type Sentence } from '../../../contract/sentences.ts';

/** @param onCapped called when there are fewer threads than requested */
export function threadsHere(threads: number, onCapped: (sentence: Sentence) => void = () => {}): number {
  const cores = availableParallelism();
  if (threads <= cores) return threads;
  onCapped(msg('threadsCapped', { asked: threads, cores }));
  return cores;
}
