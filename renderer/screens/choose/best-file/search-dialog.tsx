// Sets up the search: for which memory, by what, and what that takes, which is said before anything is computed.
import { Search } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitParams, FoundFit } from '../../../../electron/contract/api/fit.ts';
import type { Run } from '../../../../electron/contract/api/runs.ts';
import type { SelectionRequest } from '../../../../electron/contract/api/selections.ts';
import { usualTypesBelow } from '../../../../electron/contract/quantise.ts';
import { Button } from '../../../kit/button.tsx';
import { Checkbox } from '../../../kit/checkbox.tsx';
import { classNames } from '../../../kit/class-names.ts';
import { Dialog } from '../../../kit/dialog.tsx';
import { ErrorPanel } from '../../../kit/error-panel.tsx';
import { NumberField } from '../../../kit/number-field.tsx';
import kit from '../../../kit/primitives.module.css';
import { Select } from '../../../kit/select.tsx';
import { SkeletonRows } from '../../../kit/skeleton.tsx';
import { Switch } from '../../../kit/switch.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import { useCall, useCallMutation } from '../../../state/calls.ts';
import { useContextLength } from '../../../state/settings.ts';
import styles from './best-file.module.css';
import { firstParams, isQuantised, offeredActive, triedTypes, withActive, withType } from './search.ts';
import { Planned } from './planned.tsx';
import { needsTexts, TextHelp } from './text-help.tsx';

const GIGABYTE = 1e9;
/** Demos that are answered, where that is asked for. */
const ANSWERS = 32;
/** Seconds. */
const TIMES = [600, 1800, 7200, 28_800] as const;

type SearchDialogProps = {
  readonly draft: SelectionRequest;
  readonly run: Run;
  readonly found: FoundFit | null;
  readonly onClose: () => void;
};

export function SearchDialog({ draft, run, found, onClose }: SearchDialogProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const ctx = useContextLength();
  const { pins, drops, grouping } = draft;
  const room = useCall(
    'selections.fit',
    { runIds: draft.runIds, pins, drops, grouping, ctx },
    { keepPrevious: true, isOfFiles: true },
  ).data;
  const [changes, setChanges] = useState<Partial<FitParams>>({});
  const first = firstParams({ runId: run.id, draft, found, roomBytes: room?.roomBytes ?? null, ctx });
  const params = { ...first, ...changes };
  const change = (more: Partial<FitParams>): void => setChanges({ ...changes, ...more });
  const plan = useCall('fit.plan', params, { keepPrevious: true });
  const start = useCallMutation('fit.start', { onSuccess: onClose });
  const error = start.error ?? plan.error;
  const seconds = plan.data?.seconds.likely;
  return (
    <Dialog
      title={t('fit.searchTitle', { domain: run.domain })}
      isOpen
      onClose={onClose}
      size="wide"
      footer={
        <>
          <Button onPress={onClose}>{t('kit.cancel')}</Button>
          <Button
            variant="primary"
            icon={Search}
            isDisabled={error !== null || seconds === undefined || plan.isPlaceholderData || start.isPending}
            onPress={() => start.mutate(params)}
          >
            {error !== null || seconds === undefined
              ? t('fit.start')
              : t('fit.startFor', { time: format.duration(1000 * Math.max(1, seconds)) })}
          </Button>
        </>
      }
    >
      <div className={classNames(kit.stack3, styles.search)}>
        <p className={kit.dim}>{t('fit.lead', { domain: run.domain })}</p>
        <div className={styles.fields}>
          <NumberField
            label={t('fit.memory')}
            description={room && t('fit.room', { size: format.bytes(room.roomBytes) })}
            unit="GB"
            value={params.budgetBytes / GIGABYTE}
            minValue={0.001}
            formatOptions={{ maximumFractionDigits: 4 }}
            onChange={(size) => change({ budgetBytes: Math.round(size * GIGABYTE) })}
          />
          <NumberField
            label={t('choose.context')}
            unit={t('choose.tokens')}
            value={params.ctx}
            minValue={256}
            step={256}
            onChange={(tokens) => change({ ctx: tokens })}
          />
          <Select
            label={t('fit.time')}
            choices={[
              { id: 'none', label: t('fit.noTimeLimit') },
              ...TIMES.map((time) => ({ id: String(time), label: format.duration(1000 * time) })),
            ]}
            value={params.timeLimitSeconds === null ? 'none' : String(params.timeLimitSeconds)}
            onChange={(id) => change({ timeLimitSeconds: id === 'none' ? null : Number(id) })}
          />
        </div>
        <Types run={run} params={params} onChange={change} />
        <Switch
          isSelected={params.answers !== null}
          onChange={(isAsked) => change({ answers: isAsked ? ANSWERS : null })}
          note={t('fit.answersNote')}
        >
          {t('fit.answers', { count: params.answers ?? ANSWERS })}
        </Switch>
        {run.nExpertUsed > 1 && <Active used={run.nExpertUsed} params={params} onChange={change} />}
        {error !== null ? (
          <ErrorPanel
            error={error.toData()}
            safe={t('fit.safe')}
            {...(needsTexts(error) && { todo: t('fit.addText', { domain: run.domain }) })}
          >
            <TextHelp error={error.toData()} />
          </ErrorPanel>
        ) : plan.data === undefined ? (
          <SkeletonRows rows={8} />
        ) : (
          <Planned plan={plan.data} answers={params.answers} isOld={plan.isPlaceholderData} />
        )}
      </div>
    </Dialog>
  );
}

type TypesProps = {
  readonly run: Run;
  readonly params: FitParams;
  readonly onChange: (change: Partial<FitParams>) => void;
};

/** Which types are tried; of quantised weights only where that was allowed. */
function Types({ run, params, onChange }: TypesProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const model = useCall('library.list', {}).data?.find(({ id }) => id === run.modelId);
  const fileType = model?.details?.fileType ?? 'unknown';
  const offered = usualTypesBelow(fileType);
  const tried = triedTypes(params, fileType);
  const isLow = isQuantised(fileType);
  const isOpen = !isLow || params.requantise;
  return (
    <div className={classNames(kit.stack3, styles.types)}>
      {isLow && (
        <Switch
          isSelected={params.requantise}
          onChange={(requantise) => onChange({ requantise, types: null })}
          note={t('fit.requantiseNote', { type: fileType })}
        >
          {t('export.requantize')}
        </Switch>
      )}
      {isOpen && offered.length > 0 && (
        <details>
          <summary>{params.types === null ? t('fit.allTypes') : t('fit.types', { types: format.list(tried) })}</summary>
          <div className={classNames(kit.chips, styles.checks)} role="group" aria-label={t('export.types')}>
            {offered.map((type) => (
              <Checkbox
                key={type}
                isSelected={tried.includes(type)}
                onChange={() => onChange({ types: withType(tried, type, fileType) })}
              >
                {type}
              </Checkbox>
            ))}
          </div>
        </details>
      )}
    </div>
  );
}

type ActiveProps = Omit<TypesProps, 'run'> & {
  /** By the model itself. */
  readonly used: number;
};

/** Fewer active experts are tried where that was asked for, never by themselves. */
function Active({ used, params, onChange }: ActiveProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const tried = params.activeExperts ?? [used];
  return (
    <details className={styles.active}>
      <summary>{t('fit.active', { counts: format.list(tried.map(String)) })}</summary>
      <p className={kit.dim}>{t('fit.activeNote')}</p>
      <div className={classNames(kit.chips, styles.checks)} role="group" aria-label={t('choose.activeExperts')}>
        {offeredActive(used).map((count) => (
          <Checkbox
            key={count}
            isSelected={tried.includes(count)}
            onChange={() => onChange({ activeExperts: withActive(params, count, used) })}
          >
            {count === used ? t('choose.activeExpertsAll', { active: count }) : format.count(count)}
          </Checkbox>
        ))}
      </div>
    </details>
  );
}
