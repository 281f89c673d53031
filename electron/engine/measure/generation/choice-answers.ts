// Summarises the checks of a choice's answers for its verdict.
import { GENERATION_CHECKS, isWorse } from '../../../contract/generation-checks.ts';
import type { VerdictAnswers } from '../../../contract/verdict.ts';
import { isInDomain } from '../evaluation/choice-figures.ts';
import type { Store } from '../../store/database.ts';
import { figuresOf } from './figures.ts';
import { listGenerations, referenceIds, type StoredGeneration } from './stored-generation.ts';

type Checked = { readonly own: StoredGeneration; readonly full: StoredGeneration };

/**
 * Reads the checks once.
 * @returns a function from a choice's hash and domains to its answers, as if all prompts were one set. Prompts known to be of other
 * domains are left out. Each domain contributes its newest greedy check, or its newest check if none is greedy. null: none were checked
 */
export function answersOfChoices(store: Store): (hash: string, domains: readonly string[]) => VerdictAnswers | null {
  const rows = listGenerations(store);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const references = referenceIds(rows);
  const byHash = Map.groupBy(rows, ({ settings }) => settings.selectionHash);
  return (hash, domains) => {
    const checked = (byHash.get(hash) ?? []).flatMap((own): Checked[] => {
      const full = byId.get(references.get(own.id) ?? 0);
      const { isKnown, name } = own.settings.domain;
      return full && isInDomain(isKnown ? name : null, domains) !== false ? [{ own, full }] : [];
    });
    return checked.length === 0 ? null : answersIn(eachDomainOnce(checked));
  };
}

function eachDomainOnce(checked: readonly Checked[]): readonly Checked[] {
  const temperature = ({ own }: Checked): number => own.settings.sampling.temperature;
  return [...Map.groupBy(checked, ({ own }) => own.settings.domain.name).values()].flatMap(
    (ofDomain) => ofDomain.toSorted((a, b) => temperature(a) - temperature(b) || b.own.id - a.own.id)[0] ?? [],
  );
}

function answersIn(checked: readonly Checked[]): VerdictAnswers | null {
  const ours = checked.flatMap(({ own }) => own.judged);
  const theirs = checked.flatMap(({ full }) => full.judged);
  const { rates, againstFull } = figuresOf(ours, theirs);
  if (!againstFull) return null;
  const full = figuresOf(theirs, null).rates;
  const { sensitivity } = againstFull;
  return {
    prompts: ours.length,
    worse: GENERATION_CHECKS.flatMap((check) => {
      const [share, fullShare] = [rates[check], full[check]];
      return share && fullShare && isWorse(check, againstFull[check])
        ? [{ check, share: share.value, full: fullShare.value }]
        : [];
    }),
    isFew: sensitivity.prompts < sensitivity.promptsForDouble,
  };
}
