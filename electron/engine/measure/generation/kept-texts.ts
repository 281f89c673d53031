// Prompts and completions as they are stored for display: cut, so that a check takes at most a few megabytes.
import type { GenerationCompletion } from '../../../contract/api/generations.ts';
import type { GenerationTexts } from './stored-generation.ts';
import type { Prompt } from './prompts.ts';

/** Maximum characters of one prompt, gold answer or completion. */
const LONGEST_TEXT = 4000;
/** Maximum characters of all completions together, unless that would cut one below `SHORTEST_TEXT`. */
const ALL_TEXT = 4_000_000;
const SHORTEST_TEXT = 200;

type Examined = Omit<GenerationCompletion, 'cut'>;

/** The texts to store. @param completions one a prompt, uncut */
export function keptTexts(prompts: readonly Prompt[], completions: readonly Examined[]): GenerationTexts {
  const longest = Math.max(SHORTEST_TEXT, Math.min(LONGEST_TEXT, Math.floor(ALL_TEXT / completions.length)));
  return {
    prompts: prompts.map(({ demo, kind, shown, gold }) => ({
      demo,
      kind,
      prompt: shown.slice(-LONGEST_TEXT),
      promptCut: shown.length > LONGEST_TEXT,
      gold: gold?.slice(0, LONGEST_TEXT) ?? null,
    })),
    completions: completions.map(({ text, ...rest }) => ({
      ...rest,
      text: text.slice(0, longest),
      cut: text.length > longest,
    })),
  };
}
