// `npm run bench:stable [-- MODEL...]`: where scoring ends by itself when the choice is stable, what that saves, and how much of the choice
// of all demos it misses. All demos are scored once; where it would have ended follows from their sums, and is checked by
// runs that end there. With --write the table goes to docs/measured/stable.md.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STABLE_SHARE, STOP_CONFIDENCE } from '../../electron/contract/stop-rule.ts';
import type { KeptExperts } from '../../electron/contract/kept-experts.ts';
import { defaultTokens } from '../../electron/contract/token-classes.ts';
import { Engine } from '../engine.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { planPacks } from '../../electron/engine/models/placement/packs.ts';
import { comparedChoice } from '../../electron/engine/experts/runs/stored-run.ts';
import type { ScoreOutcome } from '../../electron/engine/experts/scoring/score-outcome.ts';
import { inStopOrder, StableEnd, stopRule } from '../../electron/engine/experts/scoring/stop-when-stable.ts';
import { PartialSums } from '../../electron/engine/experts/selection/ordered-demos.ts';
import { commonShare } from '../../electron/engine/experts/selection/overlap.ts';
import { selectExperts } from '../../electron/engine/experts/selection/select.ts';
import { openStore } from '../../electron/engine/store/database.ts';
import { loadDemoSums } from '../../electron/engine/store/demo-scores.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { DOMAINS, ranAs, sections } from './measured-models.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/stable/', import.meta.url));
const HOME = join(WORK, 'home');
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 2 } as const;
const KEEP = [0.75, 0.5, 0.25];
const N_UBATCH = 2048;
/** For this domain real runs end early, too: its demos are short. */
const CHECKED = 'math';

const engine = new Engine({ home: HOME });

/** Scores all demos of a domain; with a count, until its choice is stable. */
function score(model: string, domain: string, keep: number | null): Promise<ScoreOutcome> {
  return engine.score({
    model,
    maxTokens: 0,
    nUbatch: N_UBATCH,
    placement: PLACEMENT,
    fresh: false,
    demos: { kind: 'files', files: [sampleFiles(domain).demos], domain },
    ...(keep !== null && { stopWhenStable: { keep: String(keep), criterion: 'easy-ep', share: STABLE_SHARE } }),
  });
}

/** After how many demos it ends, the share of the tokens that are left, and of the kept experts that all demos change. */
async function foresee(
  { info, run, demos, tokens }: ScoreOutcome,
  keep: number,
): Promise<{ readonly demos: number; readonly saved: number; readonly differs: number }> {
  const store = openStore(HOME);
  const shape = { nLayers: info.moeLayers.length, nExpert: info.nExpert };
  const options = comparedChoice(info, keep, null);
  const order = inStopOrder(demos.map((demo, position) => ({ ...demo, position })));
  const sums = order.map(({ position }) => loadDemoSums(store, run.id, position, defaultTokens(info.moeLayers)));
  store.close();
  const keptOf = (count: number): KeptExperts => {
    const total = new PartialSums('easy-ep', shape);
    sums.slice(0, count).forEach((demo) => total.add(demo));
    return selectExperts(total.scores(), options).kept;
  };
  const lengths = order.map((demo) => demo.tokens);
  const rule = stopRule({ keep: String(keep), criterion: 'easy-ep', share: STABLE_SHARE }, info);
  const end = new StableEnd({ count: sums.length, at: (position) => sums[position]! }, rule, info, null);
  const ends = planPacks({ lengths, alone: false }, N_UBATCH).map((pack) => pack.demos.at(-1)! + 1);
  for (const [i, scored] of ends.slice(0, -1).entries()) {
    if (!(await end.reached(ends.slice(0, i + 1)))) continue;
    const saved = 1 - lengths.slice(0, scored).reduce((sum, length) => sum + length, 0) / tokens;
    return { demos: scored, saved, differs: 1 - commonShare(keptOf(scored), keptOf(sums.length)) };
  }
  return { demos: sums.length, saved: 0, differs: 0 };
}

const shares: number[] = [];

async function tableOf(model: string): Promise<string> {
  const rows: string[][] = [];
  const checks: string[] = [];
  let counts: number[] = [];
  let nExpert = 0;
  for (const domain of DOMAINS) {
    process.stderr.write(`stable: ${model}, ${domain}\n`);
    const all = await score(model, domain, null);
    ({ nExpert } = all.info);
    counts = KEEP.map((share) => Math.round(share * all.info.nExpert));
    const cells: string[] = [];
    for (const keep of counts) {
      const { demos, saved, differs } = await foresee(all, keep);
      shares.push(differs);
      cells.push(String(demos), hundredths(saved), hundredths(differs));
      if (domain !== CHECKED) continue;
      const early = await score(model, domain, keep);
      if (early.demos.length !== demos)
        throw new Error(`${domain}, ${keep} kept: it ended after ${early.demos.length}`);
      checks.push(`${keep} kept`);
    }
    rows.push([domain, ...cells]);
  }
  const head = counts.flatMap((keep) => [`${keep} of ${nExpert} kept: ended after`, 'saved, %', 'differs, %']);
  return `Runs of ${CHECKED} that were to end early ended at the same places (${checks.join(', ')}).\n\n${table(['', ...head], rows)}`;
}

function hundredths(share: number): string {
  return (100 * share).toFixed(1);
}

function percent(share: number): string {
  return `${hundredths(share)} %`;
}

const ofModels = await sections(tableOf);
await engine.close();

const within = shares.filter((share) => share <= STABLE_SHARE).length;
const body = `${madeBy(ranAs('bench:stable'))}

Scoring that ends when the choice is stable (\`--stop-when-stable\`, ${percent(STABLE_SHARE)} with ${percent(STOP_CONFIDENCE)} confidence, easy-ep, up to ${N_UBATCH} tokens a pass): after how
many demos it ends, the tokens that it saves, and the share of the kept experts that differ from those that all demos choose. Where it
ends is computed from one run over all demos.

In ${within} of ${shares.length} cases no more than ${percent(STABLE_SHARE)} differ; the largest difference is ${percent(Math.max(...shares))}.

${ofModels}`;
publish({ name: 'stable', title: 'Scoring that ends when the choice is stable', reports: 'no quality', body });
