// A request to measure a choice on little text, for tests in which the figures do not matter.
import { choiceModels } from '../../electron/engine/measure/evaluation/choice-comparison.ts';
import type { ComparisonRequest } from '../../electron/engine/measure/evaluation/comparison-request.ts';
import type { TestEngine } from '../unit/session/test-engine.ts';
import { CPU } from './support.ts';

/** @param domains whose held-out texts are read; the first chunks of each */
export async function littleComparison(
  { services, client }: TestEngine,
  selectionId: number,
  domains: readonly string[],
  { ctx, chunks }: { readonly ctx: number; readonly chunks: number },
): Promise<ComparisonRequest> {
  const { context, library } = services;
  const { full, variants } = await choiceModels({ store: context.store, library }, { selectionId });
  const texts = (await client.call('texts.list', {})).filter(({ domain }) => domains.includes(domain));
  const textIds = texts.map(({ id }) => id);
  return { full, variants, textIds, otherTexts: [], ctx, chunks, placement: CPU };
}
