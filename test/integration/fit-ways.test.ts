// How `winnow fit` chooses experts where nobody says so: the criterion, and on a model that routes in groups whether these stay, are
// measured, and what is written says which was taken and is made again from that.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FitPlan, FitResult } from '../../electron/contract/fit.ts';
import { seeGguf, writeVariant } from './gguf-tools.ts';
import { commandLineHere, ROOT, SAMPLE, scratchDir } from './support.ts';
import { words } from '../words.ts';

const home = scratchDir();
const { json } = commandLineHere(home);
const model = join(home, 'grouped.gguf');
const output = join(home, 'best.gguf');
const GROUPS = 4;
const sample = (kind: string, file: string): string => readFileSync(join(ROOT, 'resources/sample', kind, file), 'utf8');

describe('a model that routes in groups', () => {
  let fit: string[];
  let plan: FitPlan;
  let result: FitResult & { sentence: string };

  beforeAll(async () => {
    // llama.cpp routes every architecture in groups whose header asks for them
    const groups = { expert_group_count: GROUPS, expert_group_used_count: 1 };
    await writeVariant(SAMPLE, model, {
      set: Object.entries(groups).map(([key, value]) => ({ key: `qwen3moe.${key}`, type: 'uint32' as const, value })),
    });
    const [text, demos] = [join(home, 'code.txt'), join(home, 'code.jsonl')];
    writeFileSync(text, sample('eval', 'python.txt').slice(0, 16_000));
    writeFileSync(demos, sample('demos', 'python.jsonl').split('\n').slice(0, 8).join('\n'));
    fit = words`
      fit ${model} --demos ${demos} --text code=${text} --budget 22.6MB --ctx 512 --types Q4_0 --allow-requantize
      --no-repair --gpu off`;
    const [asked, found] = [
      await json<FitPlan>(...fit, '--grouping', 'balanced', '--estimate'),
      await json<typeof result>(...fit, '-o', output),
    ];
    expect(asked.code, JSON.stringify(asked.document)).toBe(0);
    expect(found.code, JSON.stringify(found.document)).toBe(0);
    [plan, result] = [asked.document, found.document];
  }, 600_000);

  test('both ways are measured with as many experts, and then the criteria the better way', () => {
    const { grouping, measured } = result.way!;
    const { keep, ways } = measured!;
    expect(keep % GROUPS).toBe(0);
    expect(ways.map((way) => `${way.criterion} ${way.grouping}`)).toEqual([
      ...['easy-ep ungrouped', 'easy-ep balanced'],
      ...['reap', 'ean', 'man', 'gate', 'frequency'].map((criterion) => `${criterion} ${grouping}`),
    ]);
    const [ungrouped, balanced] = ways;
    expect(grouping).toBe('balanced');
    expect(balanced!.kl).toBeLessThan(ungrouped!.kl);
    expect(result.sentence).toContain('It keeps the same number of experts in each of the router’s groups: with ');
  });

  test('its best file keeps what was measured to be better, in the bytes that a plan for that foretells', async () => {
    const best = result.files[result.best]!;
    expect(best.keep % GROUPS).toBe(0);
    expect(plan.files.find(({ keep, type }) => keep === best.keep && type === best.type)?.bytes).toBe(best.bytes);
    expect(statSync(output).size).toBe(best.bytes);
    const { keys } = await seeGguf(output);
    expect(keys.get('qwen3moe.expert_group_count')?.value).toBe(GROUPS);
    expect(keys.get('winnow.criterion')?.value).toBe(result.way!.criterion);
  });
});
