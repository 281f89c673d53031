// What one expert is for: its numbers in every run and by every criterion, and the demo tokens that used it most.
import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../electron/contract/api.ts';
import { CRITERIA } from '../../electron/contract/criteria.ts';
import type { TokenChoice } from '../../electron/contract/token-classes.ts';
import { Inspector } from '../inspector/inspector.tsx';
import type { Cell } from '../heatmap/types.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { ErrorPanel } from '../kit/error-panel.tsx';
import kit from '../kit/primitives.module.css';
import { SkeletonRows } from '../kit/skeleton.tsx';
import { useSpoken } from '../kit/speech.ts';
import table from '../kit/table.module.css';
import { Term } from '../kit/term.tsx';
import { useFormat } from '../kit/use-format.ts';
import { useCall } from '../state/calls.ts';
import styles from './expert-inspector.module.css';

type ExpertInspectorProps = {
  readonly runIds: readonly number[];
  readonly cell: Cell;
  readonly seed: number;
  /** The tokens that it is ranked by. */
  readonly tokens: TokenChoice;
  /** Label of what is shown when no expert is selected: "This run". */
  readonly backLabel: string;
  readonly onBack: () => void;
  /** Buttons that act on the expert. */
  readonly children?: ReactNode;
};

export function ExpertInspector(props: ExpertInspectorProps): ReactNode {
  const { runIds, cell, seed, tokens, backLabel, onBack, children } = props;
  const { t } = useTranslation();
  const { data, error } = useCall(
    'runs.expert',
    { runIds: [...runIds], ...cell, seed, tokens },
    { keepPrevious: true },
  );
  const title = t('experts.title', { expert: cell.expert, block: data?.block ?? '…' });
  return (
    <Inspector title={title}>
      <div className={classNames(kit.chips, styles.actions)}>
        <Button size="small" variant="quiet" icon={ArrowLeft} onPress={onBack}>
          {backLabel}
        </Button>
        {children}
      </div>
      {error !== null && <ErrorPanel error={error.toData()} />}
      {data === undefined && error === null && <SkeletonRows rows={10} />}
      {data !== undefined && (
        <>
          <Numbers runs={data.runs} />
          <Criteria runs={data.runs} />
          <Tokens tokens={data.tokens} problem={data.problem} />
        </>
      )}
    </Inspector>
  );
}

type ExpertData = CallResult<'runs.expert'>;

function Numbers({ runs }: { readonly runs: ExpertData['runs'] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <table className={classNames(table.facts, styles.table)}>
      <thead>
        <tr>
          <td />
          {runs.map(({ runId, domain }) => (
            <th key={runId} scope="col">
              {domain}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">{t('experts.count')}</th>
          {runs.map(({ runId, count, tokenShare }) => (
            <td key={runId}>
              {format.count(count)} ({format.percent(tokenShare)})
            </td>
          ))}
        </tr>
        <tr>
          <th scope="row">
            <Term name="gate">{t('experts.meanGate')}</Term>
          </th>
          {runs.map(({ runId, meanGate }) => (
            <td key={runId}>{format.score(meanGate)}</td>
          ))}
        </tr>
        <tr>
          <th scope="row">{t('experts.meanNorm')}</th>
          {runs.map(({ runId, meanNorm }) => (
            <td key={runId}>{format.score(meanNorm)}</td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}

function Criteria({ runs }: { readonly runs: ExpertData['runs'] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <h3 className={styles.heading}>{t('experts.byCriterion')}</h3>
      <table className={classNames(table.facts, styles.table)}>
        <tbody>
          {CRITERIA.filter((criterion) => criterion !== 'random').map((criterion) => (
            <tr key={criterion}>
              <th scope="row">{t(`experts.criteria.${criterion}.name`)}</th>
              {runs.map(({ runId, criteria }) => {
                const { share, rank } = criteria[criterion];
                return <td key={runId}>{t('experts.shareRank', { share: format.percent(share), rank })}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

type TokensProps = { readonly tokens: ExpertData['tokens']; readonly problem: ExpertData['problem'] };

function Tokens({ tokens, problem }: TokensProps): ReactNode {
  const { t } = useTranslation();
  const spoken = useSpoken();
  return (
    <>
      <h3 className={styles.heading}>{t('experts.tokens')}</h3>
      {problem !== null && <p className={kit.note}>{spoken(problem)}</p>}
      {tokens.length === 0 && problem === null && <p className={kit.note}>{t('experts.noTokens')}</p>}
      <ol className={kit.stack2}>
        {tokens.map(({ domain, demo, before, token, after }, index) => (
          <li key={index}>
            <p className={styles.context}>
              {before}
              <mark>{token}</mark>
              {after}
            </p>
            <p className={kit.note}>
              {domain}, {demo}
            </p>
          </li>
        ))}
      </ol>
    </>
  );
}
