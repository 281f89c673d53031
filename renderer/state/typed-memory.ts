// How much memory a file may take, as the user typed it: it outlives the page's parts, and belongs to the model.
import { keepState, useKeptState } from './kept-state.ts';

/** What the sample is cut to: less than it needs, so that there is something to see. */
const SAMPLE_MEMORY = '24 MB';

const nameOf = (modelId: string): string => `new.memory of ${modelId}`;

/** @returns null: nothing was typed */
export function useTypedMemory(modelId: string): [string | null, (text: string) => void] {
  return useKeptState<string | null>(nameOf(modelId), null);
}

/** The button that opens the sample says how much memory it stands for. */
export function typeSampleMemory(modelId: string): void {
  keepState(nameOf(modelId), SAMPLE_MEMORY);
}
