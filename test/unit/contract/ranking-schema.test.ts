// docs/ranking.schema.json is what the program reads and writes (UPDATE_DOCS=1 writes it anew).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { rankingFileSchema } from '../../../electron/contract/ranking-file.ts';
import { ROOT } from '../source-files.ts';

const PAGE = join(ROOT, 'docs/ranking.schema.json');

test('the schema in the documents is the program’s', () => {
  const schema = { title: 'Winnow ranking', ...z.toJSONSchema(rankingFileSchema) };
  if (process.env.UPDATE_DOCS) writeFileSync(PAGE, `${JSON.stringify(schema, null, 2)}\n`);
  expect(JSON.parse(readFileSync(PAGE, 'utf8'))).toEqual(schema);
});

test('the page names every field', () => {
  const page = readFileSync(join(ROOT, 'docs/RANKINGS.md'), 'utf8');
  const { model, ...own } = rankingFileSchema.shape;
  for (const name of [...Object.keys(own), ...Object.keys(model.shape).map((key) => `model.${key}`)]) {
    expect(page, name).toContain(`\`${name}\``);
  }
});
