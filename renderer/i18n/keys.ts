// Makes every key of the English texts known to the compiler: a misspelt key does not build.
import type { SentenceCode } from '../../electron/contract/sentences.ts';
import type chooseTexts from './en/choose.json';
import type demosTexts from './en/demos.json';
import type errorsTexts from './en/errors.json';
import type expertsTexts from './en/experts.json';
import type exportTexts from './en/export.json';
import type fitTexts from './en/fit.json';
import type frameTexts from './en/frame.json';
import type generationTexts from './en/generation.json';
import type heatmapTexts from './en/heatmap.json';
import type kitTexts from './en/kit.json';
import type modelsTexts from './en/models.json';
import type proveTexts from './en/prove.json';
import type runsTexts from './en/runs.json';
import type scoreTexts from './en/score.json';
import type settingsTexts from './en/settings.json';
import type termsTexts from './en/terms.json';
import type tryTexts from './en/try.json';
import type verdictTexts from './en/verdict.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: {
      translation: {
        choose: typeof chooseTexts;
        demos: typeof demosTexts;
        errors: typeof errorsTexts;
        experts: typeof expertsTexts;
        export: typeof exportTexts;
        fit: typeof fitTexts;
        frame: typeof frameTexts;
        generation: typeof generationTexts;
        heatmap: typeof heatmapTexts;
        kit: typeof kitTexts;
        models: typeof modelsTexts;
        prove: typeof proveTexts;
        runs: typeof runsTexts;
        score: typeof scoreTexts;
        /** English: SENTENCES of the contract. */
        sentences: Readonly<Record<SentenceCode, string>>;
        settings: typeof settingsTexts;
        terms: typeof termsTexts;
        try: typeof tryTexts;
        verdict: typeof verdictTexts;
      };
    };
  }
}
