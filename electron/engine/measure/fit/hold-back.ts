// Decides how many demos a search leaves unscored if its domain has no text, so that there is something to measure on.
import { WinnowError } from '../../../contract/errors.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import type { OpenedSource } from '../../demos/collect-demos.ts';
import { getDomain } from '../../store/domains.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { listHeldOutTexts } from '../../store/held-out-texts.ts';
import { FEWEST_DEMOS, MOST_DEMOS } from '../evaluation/other-texts.ts';

/** Minimum demos of a domain without a text, so that enough are left to choose by. */
const FEWEST_IN_ALL = 2 * FEWEST_DEMOS;

/**
 * The share of demos to hold back: the requested share; otherwise none if there is a text, or if enough demos are left anyway; otherwise
 * half of the demos, but no more than are measured on.
 * @throws WinnowError TEXT_TOO_SHORT: there are too few demos; USAGE: the domain was deleted
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
  // half a demo more, so that rounding down gives the same number
  return (held + 0.5) / demos;
}

/** The error for a domain without anything to measure on. */
export function noText(domain: string): WinnowError {
  const what = { domain, fewest: FEWEST_DEMOS, all: FEWEST_IN_ALL };
  return new WinnowError('TEXT_TOO_SHORT', say('fitNoText', what), { domain });
}
