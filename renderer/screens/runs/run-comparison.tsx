// The selected runs beside the baseline, in the inspector: only the differences, and how far they would keep the same experts.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { usualTokens } from '../../../electron/contract/token-classes.ts';
import { OverlapMatrix } from '../../experts/overlap-matrix.tsx';
import { useRunSettings } from '../../experts/run-settings.ts';
import { Inspector } from '../../inspector/inspector.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { Switch } from '../../kit/switch.tsx';
import table from '../../kit/table.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { useKeptState } from '../../state/kept-state.ts';
import styles from './runs.module.css';

/** More columns of settings would not fit the inspector. */
const MAX_COMPARED = 4;
/** The limit of one request. */
const MAX_OVERLAPPED = 32;

type RunComparisonProps = { readonly chosen: readonly Run[]; readonly baseline: Run | undefined };

export function RunComparison({ chosen, baseline }: RunComparisonProps): ReactNode {
  const { t } = useTranslation();
  const others = chosen.filter(({ id }) => id !== baseline?.id).toSorted((a, b) => a.id - b.id);
  const all = [...(baseline === undefined ? [] : [baseline]), ...others];
  const runs = all.slice(0, MAX_COMPARED);
  return (
    <Inspector title={runs.length > 1 ? t('runs.comparison') : t('runs.details')}>
      {baseline === undefined && <p className={kit.dim}>{t('runs.noBaseline')}</p>}
      {all.length > MAX_COMPARED && <p className={kit.dim}>{t('runs.onlySome', { count: MAX_COMPARED })}</p>}
      <Differences runs={runs} baselineId={baseline?.id} />
      {all.length > 1 && <KeptOverlap runs={all.slice(0, MAX_OVERLAPPED)} />}
    </Inspector>
  );
}

function useFacts(): (run: Run) => Readonly<Record<string, string>> {
  const { t } = useTranslation();
  const format = useFormat();
  const inWords = useRunSettings();
  return (run) => ({
    [t('runs.model')]: run.modelName,
    [t('runs.domain')]: run.domain,
    [t('runs.demos')]: format.count(run.scoredDemos),
    [t('runs.tokens')]: format.count(run.tokens),
    [t('runs.experts')]: t('runs.expertsText', {
      experts: run.nExpert,
      used: run.nExpertUsed,
      layers: run.moeLayers.length,
    }),
    ...inWords(run.settings),
  });
}

type DifferencesProps = { readonly runs: readonly Run[]; readonly baselineId: number | undefined };

function Differences({ runs, baselineId }: DifferencesProps): ReactNode {
  const { t } = useTranslation();
  const factsOf = useFacts();
  const [onlyDifferent, setOnlyDifferent] = useKeptState('runs.onlyDifferent', true);
  const facts = runs.map(factsOf);
  const names = [...new Set(facts.flatMap((of) => Object.keys(of)))];
  const differs = (name: string): boolean => new Set(facts.map((of) => of[name])).size > 1;
  const shown = runs.length > 1 && onlyDifferent ? names.filter(differs) : names;
  return (
    <>
      {runs.length > 1 && (
        <Switch isSelected={onlyDifferent} onChange={setOnlyDifferent}>
          {t('runs.onlyDifferent')}
        </Switch>
      )}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('runs.details')}>
        <table className={classNames(table.facts, styles.facts)}>
          <thead>
            <tr>
              <td />
              {runs.map(({ id }) => (
                <th key={id} scope="col">
                  {t('runs.runNumber', { id })}
                  {id === baselineId && <span className={styles.baseline}>{t('runs.baseline')}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {facts.map((of, index) => (
                  <td key={runs[index]?.id}>{of[name] ?? ''}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p className={kit.dim}>{t('runs.nothingDiffers')}</p>}
    </>
  );
}

/** The overlap of what runs of one model would keep with half of the experts. */
function KeptOverlap({ runs }: { readonly runs: readonly Run[] }): ReactNode {
  const { t } = useTranslation();
  const [first] = runs;
  const isComparable = runs.every(
    (run) => run.nExpert === first?.nExpert && run.moeLayers.join() === first.moeLayers.join() && run.scoredDemos > 0,
  );
  if (first === undefined || !isComparable) return <p className={kit.dim}>{t('runs.otherModels')}</p>;
  return (
    <div className={styles.overlap}>
      <OverlapMatrix
        runs={runs}
        criterion="easy-ep"
        tokens={usualTokens(runs)}
        keep={Math.max(1, Math.floor(first.nExpert / 2))}
      />
    </div>
  );
}
