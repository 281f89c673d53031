// winnow bench scoring|export|throughput MODEL.gguf
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { Option, type Command } from 'commander';
import { displayBytes } from '../../contract/display-bytes.ts';
import { sampleFiles } from '../../engine/base/files/sample-files.ts';
import { Backend } from '../../engine/base/backend/backend.ts';
import { median } from '../../engine/base/statistics/averages.ts';
import { measureScoring } from '../../engine/experts/scoring/measure-scoring.ts';
import { measureExport } from '../../engine/measure/benchmark/measure-export.ts';
import { readEvaluationText } from '../../engine/measure/evaluation/read-documents.ts';
import { openLoadable } from '../../engine/models/check-load.ts';
import { requirePrunable } from '../../engine/models/inspect.ts';
import type { EngineContext } from '../../engine/store/engine-context.ts';
import type { ModelFacts } from '../../contract/model-info.ts';
import type { Context } from '../context.ts';
import { addPlacementOptions, placementFrom, wholeNumber, type PlacementFlags } from '../options.ts';
import { addBenchThroughput } from './bench-throughput.ts';

/** Adds `winnow bench` with its three subcommands. */
export function addBench(program: Command, context: Context): void {
  const bench = program.command('bench').description('measure this machine with a model, as ratios within one run');

  const scoring = bench
    .command('scoring')
    .description('speed of scoring, relative to the same prefill without reading the routing')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .option('--tokens <n>', 'tokens per pass', wholeNumber(32), 4096)
    .option('--ubatch <n>', 'tokens that run through the model at once', wholeNumber(32), 2048)
    .option('--runs <n>', 'passes of each kind', wholeNumber(1), 3);
  addPlacementOptions(scoring).action(
    async (model: string, flags: PlacementFlags & { tokens: number; ubatch: number; runs: number }) => {
      const { engineContext, signal } = context;
      const speed = await measureScoring(await prunableFacts(model, engineContext), {
        placement: placementFrom(flags),
        host: engineContext.host,
        text: await readEvaluationText(sampleFiles('manual').text),
        tokens: flags.tokens,
        nUbatch: flags.ubatch,
        runs: flags.runs,
        signal,
        onProgress: (done, total) => context.output.progress('measuring', done, total),
      });
      const on = median(speed.withTaps);
      const off = median(speed.withoutTaps);
      const matrix = median(speed.withImportance);
      context.output.result(
        {
          tokens: speed.tokens,
          tokens_per_second: {
            scoring: speed.withTaps,
            prefill: speed.withoutTaps,
            scoring_with_imatrix: speed.withImportance,
          },
          ratio: on / off,
          ratio_with_imatrix: matrix / on,
          bytes_per_token_and_layer: speed.bytesPerTokenAndLayer,
        },
        `scoring ${on.toFixed(0)} tokens/s, plain prefill ${off.toFixed(0)} tokens/s: ratio ${(on / off).toFixed(3)}\n` +
          `With an importance matrix ${matrix.toFixed(0)} tokens/s, ${(matrix / on).toFixed(3)} of scoring alone.\n` +
          `${speed.bytesPerTokenAndLayer.toFixed(0)} bytes leave the device for each token and layer.`,
      );
    },
  );

  bench
    .command('export')
    .description('speed of writing half of the experts, relative to a plain copy of the same bytes')
    .argument('<model>', 'GGUF file, or any part of a split one')
    .addOption(
      new Option('--dir <folder>', 'where to write; the files are removed afterwards').default(
        tmpdir(),
        'the folder for temporary files',
      ),
    )
    .option('--runs <n>', 'number of runs', wholeNumber(1), 3)
    .action(async (model: string, flags: { dir: string; runs: number }) => {
      const output = join(flags.dir, `winnow-bench-${process.pid}.gguf`);
      const { engineContext, signal } = context;
      const speed = await measureExport(model, engineContext, { output, runs: flags.runs, signal });
      const [written, verified, copied] = [speed.written, speed.verified, speed.copied].map(median);
      context.output.result(
        {
          bytes: speed.bytes,
          bytes_per_second: { written: speed.written, verified: speed.verified, copied: speed.copied },
          ratio: (written ?? NaN) / (copied ?? NaN),
        },
        [
          `written and synced   ${displayBytes(written ?? 0)}/s`,
          `with read-back       ${displayBytes(verified ?? 0)}/s`,
          `cp and sync          ${displayBytes(copied ?? 0)}/s`,
        ].join('\n'),
      );
    });
  addBenchThroughput(bench, context);
}

/** @throws WinnowError as `openLoadable` and `requirePrunable` */
async function prunableFacts(path: string, { host }: EngineContext): Promise<ModelFacts> {
  using backend = new Backend('off', host);
  const { info } = await openLoadable(path, backend);
  requirePrunable(info);
  return info;
}
