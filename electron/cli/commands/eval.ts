// winnow eval MODEL.gguf --text FILE, --prompts FILE…
import type { Command } from 'commander';
import { loadLocale } from '../../contract/text/i18n.ts';
import { verdictSentence } from '../../contract/verdict-texts.ts';
import type { Context } from '../context.ts';
import { evaluationDocument, evaluationText } from '../evaluation-output.ts';
import { generationDocument, generationText } from '../generation-text.ts';
import {
  activeExpertsOption,
  addMemoryLimit,
  addPlacementOptions,
  choiceOption,
  chunksOption,
  ctxOption,
  domainOption,
  limitOption,
  maxTokensOption,
  placementFrom,
  type PlacementFlags,
} from '../options.ts';
import { usage } from '../output.ts';
import { runJob, type Following } from '../run-job.ts';

type Flags = PlacementFlags & {
  readonly text?: string[];
  readonly prompts?: string[];
  readonly domain?: string;
  readonly choice?: string;
  readonly scores?: string[];
  readonly against?: string | false;
  readonly activeExperts?: number;
  readonly ctx: number;
  readonly chunks?: number;
  readonly limit: number;
  readonly maxTokens: number;
};

/** Adds `winnow eval`, for texts, prompts or both. */
export function addEval(program: Command, context: Context): void {
  const command = program
    .command('eval')
    .description(
      'measure a model on a text (perplexity; against a full model also KL divergence and top-1 agreement), and check what it writes on prompts',
    )
    .argument('<model>', 'GGUF file, or any part of a split one')
    .option(
      '--text <files...>',
      'a text that the model was not scored on; or several texts or demo files, whose documents are read one by one',
    )
    .option(
      '--prompts <files...>',
      'demo files that the model was not scored on: check what it writes on their prompts',
    )
    .addOption(domainOption('the one that is named like the file of texts or prompts'))
    .addOption(choiceOption('mask the dropped experts first: a preview of the pruned file'))
    .option(
      '--against <model>',
      'the full model to compare with (default with --choice or --active-experts: the model itself)',
    )
    .option('--no-against', 'with --choice, do not measure the full model on texts: half the time, but no ratio')
    .option('--scores <files...>', 'scores files that the experts were chosen by, if Winnow does not know them')
    .addOption(activeExpertsOption())
    .addOption(ctxOption('tokens per chunk; the second half of each is scored', 8, 512))
    .addOption(chunksOption('use only n chunks: the first ones of a text, or some of each of several'))
    .addOption(limitOption('with --prompts, use only the first n prompts').default(200))
    .addOption(maxTokensOption('with --prompts, longest completion in tokens', 1).default(256));
  addMemoryLimit(addPlacementOptions(command))
    .addHelpText(
      'after',
      `
Perplexity is computed as llama-perplexity does with the same context. Each figure has a 95 % interval, over documents if the
text has several, otherwise over chunks. Texts that the experts were chosen by are refused: figures on them would flatter the model.
In a comparison with the full model, one sentence judges the choice by what is known so far, in its domain and outside it.

On prompts, a model is checked for loops, broken output and right answers. In a chat, the last answer is the expected one; in a
text, the first part is the prompt. Demos that the experts were chosen by are left out.

Examples:
  winnow eval pruned.gguf --text held-out.txt --against model.gguf
  winnow eval pruned.gguf --text held-out.jsonl more.txt --against model.gguf
  winnow eval model.gguf --choice choice.json --prompts held-out.jsonl`,
    )
    .action(async (model: string, flags: Flags) => {
      const { text, prompts } = flags;
      if (text === undefined && prompts === undefined) throw usage('Give --text, --prompts, or both.');
      if (flags.ctx % 2 !== 0) throw usage('--ctx must be even.');
      context.computeWith({ placement: placementFrom(flags) });
      const figures = text === undefined ? null : await measureText(model, text, flags, context);
      const generations = prompts === undefined ? null : await checkPrompts(model, prompts, flags, context);
      context.output.result(
        { ...figures?.document, ...(generations && { generations: generations.document }) },
        [figures, generations].flatMap((part) => part?.text ?? []).join('\n\n'),
      );
    });
}

type Printed<Document> = { readonly document: Document; readonly text: string };

async function measureText(model: string, text: string[], flags: Flags, context: Context): Promise<Printed<object>> {
  const { toRead } = context;
  const { choice, activeExperts, ctx, chunks } = flags;
  const isPreview = choice !== undefined || activeExperts !== undefined;
  const against = flags.against ?? (isPreview ? model : undefined);
  const result = await runJob(
    context,
    'evaluate',
    () =>
      context.call('evaluations.start', {
        ...toSubject(context, model, flags),
        texts: text.map(toRead),
        against: against === undefined || against === false ? null : { kind: 'file', grant: toRead(against) },
        ctx,
        chunks: chunks ?? null,
      }),
    showing('evaluating', context),
  );
  const { verdict } = result;
  if (verdict === null) return { document: evaluationDocument(result), text: evaluationText(result) };
  const sentence = verdictSentence(verdict, await loadLocale('en'));
  return {
    document: { ...evaluationDocument(result), verdict: { ...verdict, sentence } },
    text: `${evaluationText(result)}\n\n${sentence}`,
  };
}

async function checkPrompts(
  model: string,
  prompts: readonly string[],
  flags: Flags,
  context: Context,
): Promise<Printed<unknown>> {
  const { limit, maxTokens, against } = flags;
  const { generationIds } = await runJob(
    context,
    'generate',
    () =>
      context.call('generations.start', {
        ...toSubject(context, model, flags),
        prompts: prompts.map(context.toRead),
        against: against ? { kind: 'file', grant: context.toRead(against) } : undefined,
        limit,
        maxTokens,
      }),
    showing('generating', context),
  );
  const rows = await context.call('generations.get', { generationIds });
  return { document: generationDocument(rows), text: generationText(rows) };
}

/** What is measured, and by what its experts were chosen. */
function toSubject({ toRead }: Context, model: string, { domain, choice, scores, activeExperts }: Flags) {
  return {
    model: { kind: 'file', grant: toRead(model) } as const,
    domain,
    activeExperts,
    choice: choice === undefined ? undefined : toRead(choice),
    scores: scores?.map(toRead),
  };
}

function showing(label: string, { output }: Context): Following {
  return { onProgress: ({ done, total }) => output.progress(label, done, total) };
}
