// How many threads compute: never more than there are cores. ggml's threads wait for each other without sleeping, so that those
// without a core of their own keep the others from theirs, and the work comes to no end.
import { availableParallelism } from 'node:os';
import { say, type Sentence } from '../../../contract/sentences.ts';

/** @param onCapped is told when there are fewer than were asked for */
export function threadsHere(asked: number, onCapped: (sentence: Sentence) => void = () => {}): number {
  const cores = availableParallelism();
  if (asked <= cores) return asked;
  onCapped(say('threadsCapped', { asked, cores }));
  return cores;
}
