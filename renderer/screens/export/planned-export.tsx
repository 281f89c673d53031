// The dry run: which file would be written, its size, what changes in it, and any obstacles.
import { CircleAlert, FolderOpen, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExportPlan } from '../../../electron/contract/api/exports.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import facts from '../../kit/facts.module.css';
import { Meter } from '../../kit/meter.tsx';
import kit from '../../kit/primitives.module.css';
import { useTranslate } from '../../kit/translate.ts';
import { Switch } from '../../kit/switch.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { changePlanOptions, usePlannedFile } from '../../state/plans.ts';
import styles from './export.module.css';
import { SelectionFact } from './selection-fact.tsx';

type PlannedExportProps = {
  readonly planned: ExportPlan;
  readonly selection: Selection;
  /** Lets the user choose another place. */
  readonly onPick: () => void;
};

export function PlannedExport({ planned, selection, onPick }: PlannedExportProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { fullBytes, prunedBytes, freeBytes } = planned;
  const freeAfter = format.bytes(freeBytes - prunedBytes);
  const isRepaired = usePlannedFile(selection.id).options.repair !== null;
  return (
    <section className={classNames(kit.stack3, styles.planned)} aria-label={t('export.dryRun')}>
      <Problems planned={planned} selectionId={selection.id} />
      <div className={kit.stack2}>
        <Meter label={t('export.full')} value={1} text={format.bytes(fullBytes)} />
        <Meter
          label={t('export.pruned')}
          value={prunedBytes / fullBytes}
          text={t('export.sizeOf', { size: format.bytes(prunedBytes), share: format.percent(prunedBytes / fullBytes) })}
        />
      </div>
      <dl className={classNames(facts.grid, styles.facts)}>
        <SelectionFact name={selection.name} hash={selection.hash} />
        <dt>{t('export.path')}</dt>
        <dd className={classNames(kit.cluster, styles.path)}>
          {planned.displayPath}
          <Button size="small" variant="quiet" icon={FolderOpen} onPress={onPick}>
            {t('export.change')}
          </Button>
        </dd>
        <dt>{t('export.free')}</dt>
        <dd>
          <Bytes value={freeBytes} />
          {prunedBytes <= freeBytes && freeAfter !== format.bytes(freeBytes) && (
            <span className={kit.dim}>{t('export.freeAfter', { size: freeAfter })}</span>
          )}
        </dd>
        {planned.types !== null && (
          <>
            <dt>{t('export.types')}</dt>
            <dd>{planned.types.map(({ type, bytes }) => `${type} ${format.bytes(bytes)}`).join(', ')}</dd>
          </>
        )}
        <dt>{t('export.checks')}</dt>
        <dd>
          {t(planned.types === null ? 'export.checksText' : 'export.checksQuantised')}
          {isRepaired && ` ${t('export.repair.checks')}`}
        </dd>
      </dl>
    </section>
  );
}

type ProblemsProps = { readonly planned: ExportPlan; readonly selectionId: number };

function Problems({ planned: { problems, warnings }, selectionId }: ProblemsProps): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const { overwrite } = usePlannedFile(selectionId).options;
  const exists = overwrite || problems.some(({ code }) => code === 'TARGET_EXISTS');
  return (
    <>
      {problems.map((problem) => (
        <p key={problem.message} role="alert" className={kit.problem}>
          <CircleAlert size={16} aria-hidden />
          <span>
            <strong>{t(`errors.${problem.code}.title`)}.</strong> {translate(problem)}
          </span>
        </p>
      ))}
      {exists && (
        <Switch isSelected={overwrite} onChange={(value) => changePlanOptions(selectionId, { overwrite: value })}>
          {t('export.overwrite')}
        </Switch>
      )}
      {warnings.map((warning) => (
        <p key={warning.code} className={kit.warning}>
          <TriangleAlert size={16} aria-hidden />
          <span>{translate(warning)}</span>
        </p>
      ))}
    </>
  );
}
