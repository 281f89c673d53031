// Facts about the whole run: whether its demos are enough, how it differs from another one, and its settings.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Criterion } from '../../../electron/contract/criteria.ts';
import { useRunSettings } from '../../experts/run-settings.ts';
import { Inspector } from '../../inspector/inspector.tsx';
import { classNames } from '../../kit/class-names.ts';
import facts from '../../kit/facts.module.css';
import kit from '../../kit/primitives.module.css';
import { Select } from '../../kit/select.tsx';
import { Term } from '../../kit/term.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useRunName } from '../../state/run-name.ts';
import { useTrailDomain } from '../../state/trail-items.ts';
import { Agreement } from './agreement.tsx';
import type { ComparedRun } from './compared-run.ts';
import { HoldBackOption } from './hold-back-option.tsx';
import { ImportanceOption } from './importance-option.tsx';
import { RoundsOption } from './rounds-option.tsx';
import { StopOption } from './stop-option.tsx';
import styles from './score.module.css';
import type { Scoring } from './use-scoring.ts';

type RunInspectorProps = {
  readonly run: Run;
  readonly isBusy: boolean;
  readonly criterion: Criterion;
  readonly compared: ComparedRun;
  readonly model: ModelEntry | null;
  readonly scoring: Scoring;
};

export function RunInspector({ run, isBusy, criterion, compared, model, scoring }: RunInspectorProps): ReactNode {
  const { t } = useTranslation();
  const domain = useTrailDomain();
  return (
    <Inspector title={t('score.thisRun')}>
      <div className={classNames(kit.stack5, styles.inspector)}>
        <section aria-label={t('score.agreement')}>
          <h3>
            <Term name="agreement">{t('score.agreement')}</Term>
          </h3>
          <Agreement run={run} criterion={criterion} />
        </section>
        {compared.candidates.length > 0 && <CompareSelect compared={compared} />}
        {!isBusy && model?.state === 'ready' && model.details !== null && (
          <div className={kit.stack3}>
            <RoundsOption details={model.details} rounds={scoring.rounds} />
            <p className={classNames(kit.note, styles.roundsHint)}>{t('score.roundsHint')}</p>
            <StopOption details={model.details} scoring={scoring} />
            {domain !== null && <HoldBackOption domain={domain} />}
            <ImportanceOption importance={scoring.importance} />
          </div>
        )}
        <RunFacts run={run} />
      </div>
    </Inspector>
  );
}

function CompareSelect({ compared: { run, candidates, choose } }: { readonly compared: ComparedRun }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useRunName(candidates);
  return (
    <Select
      label={t('score.compare')}
      choices={[
        { id: '', label: t('score.compareNone') },
        ...candidates.map((candidate) => ({
          id: String(candidate.id),
          label: nameOf(candidate),
          note: format.date(candidate.startedMs),
        })),
      ]}
      value={run === undefined ? '' : String(run.id)}
      onChange={(id) => choose(id === '' ? null : Number(id))}
    />
  );
}

function RunFacts({ run }: { readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const inWords = useRunSettings();
  const { state, tokens, seconds, settings } = run;
  const isTimed = state === 'done' && seconds > 0;
  const rows = {
    [t('score.facts.model')]: run.modelName,
    [t('score.facts.domain')]: run.domain,
    [t('score.facts.demos')]: t('score.demosScored', {
      scored: format.count(run.scoredDemos),
      total: format.count(run.demos),
    }),
    [t('score.facts.tokens')]: format.count(tokens),
    ...(isTimed && {
      [t('score.facts.time')]: format.took(seconds * 1000),
      [t('score.facts.speed')]: t('score.rate', { rate: format.rate(tokens / seconds) }),
    }),
    [t('score.facts.started')]: format.date(run.startedMs),
    ...inWords(settings),
  };
  return (
    <section aria-label={t('score.madeWith')}>
      <h3>{t('score.madeWith')}</h3>
      <dl className={facts.lines}>
        {Object.entries(rows).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
