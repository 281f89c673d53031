// Demos that a search leaves unscored where its domain has no text, so that there is something to measure on.
import { WinnowError } from '../../../contract/errors.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import type { OpenedSource } from '../../demos/gather.ts';
import { getDomain } from '../../store/domains.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { listHeldOutTexts } from '../../store/held-out-texts.ts';
import { FEWEST_DEMOS, MOST_DEMOS } from '../evaluation/other-texts.ts';

/** Of a domain without a text, so that enough are left to choose by. */
const FEWEST_IN_ALL = 2 * FEWEST_DEMOS;

/**
 * The share that is asked for; else none where there is a text, or enough demos are left in any case; else half of the demos, as many
 * as are measured on at most.
 * @throws WinnowError TEXT_TOO_SHORT: there are too few; USAGE: the domain was deleted
 */
export function shareHeldBack(
  { holdBack, texts, limit = Infinity }: Pick<FitRequest, 'holdBack' | 'texts' | 'limit'>,
  source: OpenedSource,
  { store }: Pick<EngineContext, 'store'>,
): number {
  if (holdBack !== undefined) return holdBack;
  const { name: domain, demos } =
    source.kind === 'domain' ? getDomain(store, source.domainId) : { name: source.domain, demos: source.demos.length };
  if (texts.length > 0 || listHeldOutTexts(store).some((text) => text.domain === domain)) return 0;
  if (demos - limit >= FEWEST_DEMOS) return 0;
  if (demos < FEWEST_IN_ALL) throw noText(domain);
  const held = Math.min(MOST_DEMOS, Math.floor(demos / 2));
  // so that rounding down leaves as many
  return (held + 0.5) / demos;
}

/** Nothing of a domain is there to measure on. */
export function noText(domain: string): WinnowError {
  const what = { domain, fewest: FEWEST_DEMOS, all: FEWEST_IN_ALL };
  return new WinnowError('TEXT_TOO_SHORT', say('fitNoText', what), { domain });
}
